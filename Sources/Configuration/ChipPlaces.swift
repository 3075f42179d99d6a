import Drivers

/// Which chips hang where, and which of their channels are sensors already.
struct ChipPlaces {
  private struct Place {
    let bus: BusPath
    let address: I2CAddress
    let chip: Chip
    /// Nil: the chip is one sensor, or its options do not say which channel this is.
    let channel: String?
    let id: String
    let line: Int

    /// Whether what hangs here would answer to this address on this bus too, or is in the way of its multiplexer. A chip on
    /// the adapter itself answers whichever channel is connected.
    func answersToo(_ bus: BusPath, _ address: I2CAddress) -> Bool {
      guard self.bus.adapter == bus.adapter else { return false }
      if self.address == bus.channel?.multiplexer || address == self.bus.channel?.multiplexer { return true }
      let isSameWire = self.bus.channel == bus.channel || self.bus.channel == nil || bus.channel == nil
      return self.address == address && isSameWire
    }
  }

  private var places: [Place] = []

  /// Why this sensor cannot be there; nil: it can, and is from now on. `options`: nil when they have mistakes of their own.
  mutating func take(
    _ bus: BusPath, _ address: I2CAddress, by chip: Chip, _ options: DriverOptions?, id: String, line: Int
  ) -> String? {
    let channel = options.flatMap { chip.channels?.name(in: $0) }
    for other in places where other.answersToo(bus, address) {
      let taken = "is already taken by \"\(other.id)\" on line \(other.line)"
      guard let channels = chip.channels, other.chip == chip, other.bus == bus, other.address == address else {
        return "\(address) on \(bus) \(taken)"
      }
      if let channel, channel == other.channel {
        return
          "\(channel) of the \(chip.name) at \(address) on \(bus) \(taken); with another `\(channels.option)` it is another sensor"
      }
    }
    places.append(Place(bus: bus, address: address, chip: chip, channel: channel, id: id, line: line))
    return nil
  }
}
