import Drivers

/// Which chip is at which place, and which of its channels are already sensors.
struct ChipPlaces {
  private struct Place {
    let bus: BusPath
    let address: I2CAddress
    let chip: Chip
    /// Nil: the chip is a single sensor, or its options do not say which channel this is.
    let channel: String?
    /// A second channel that the sensor needs; nil: none.
    let auxiliary: String?
    let id: String
    let line: Int

    /// Whether this chip would also answer to `address` on `bus`, or collides with its multiplexer. A chip on the
    /// adapter itself answers whichever channel is connected.
    func answersToo(_ bus: BusPath, _ address: I2CAddress) -> Bool {
      guard self.bus.adapter == bus.adapter else { return false }
      if self.address == bus.channel?.multiplexer || address == self.bus.channel?.multiplexer { return true }
      let isSameWire = self.bus.channel == bus.channel || self.bus.channel == nil || bus.channel == nil
      return self.address == address && isSameWire
    }
  }

  private var places: [Place] = []
  private var kernelPlaces: [(place: KernelPlace, id: String, line: Int)] = []

  /// Takes a kernel place for a sensor. Returns why it cannot be taken; nil: it is taken now.
  mutating func take(_ place: KernelPlace, id: String, line: Int) -> String? {
    if let other = kernelPlaces.first(where: { $0.place.isSame(as: place) }) {
      return "\(place) is already taken by \"\(other.id)\" on line \(other.line)"
    }
    kernelPlaces.append((place, id, line))
    return nil
  }

  /// Takes a place on a bus for a sensor. Returns why it cannot be taken; nil: it is taken now. `options` is nil when
  /// they have mistakes of their own.
  mutating func take(
    _ bus: BusPath, _ address: I2CAddress, by chip: Chip, _ options: DriverOptions?, id: String, line: Int
  ) -> String? {
    let channel = options.flatMap { chip.channels?.name(in: $0) }
    let auxiliary = options.flatMap { chip.channels?.auxiliary(in: $0) }
    for other in places where other.answersToo(bus, address) {
      let taken = "is already taken by \"\(other.id)\" on line \(other.line)"
      guard let channels = chip.channels, other.chip == chip, other.bus == bus, other.address == address else {
        return "\(address) on \(bus) \(taken)"
      }
      let whose = "of the \(chip.name) at \(address) on \(bus)"
      if let channel, channel == other.channel {
        return "\(channel) \(whose) \(taken); with another `\(channels.option)` it is another sensor"
      }
      guard let key = channels.auxiliary else { continue }
      if let channel, channel == other.auxiliary {
        return "\(channel) \(whose) is the `\(key)` of \"\(other.id)\" on line \(other.line)"
      }
      if let auxiliary, auxiliary == other.channel { return "`\(key)` \(auxiliary) \(whose) \(taken)" }
    }
    places.append(
      Place(bus: bus, address: address, chip: chip, channel: channel, auxiliary: auxiliary, id: id, line: line))
    return nil
  }
}
