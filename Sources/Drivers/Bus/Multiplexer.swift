/// The multiplexers on one adapter: TCA9548A, PCA9548A and relatives with one control register.
///
/// Bit n of the register connects channel n; after power-on no channel is connected. Each write is read back: a sensor
/// on another channel must never answer in place of the right one. At most one multiplexer is connected at a time,
/// because several may have chips of the same address behind them.
///
/// Other programs also write to the register: `fieldpost read` beside the daemon. The last known content is therefore
/// checked at the start of each transfer, which costs two bytes on the wire. `deinit` disconnects the channels, because
/// the next user of the bus may not know of the multiplexer.
///
/// Source: TI TCA9548A, SCPS207, sections 8.5 and 8.6 (control register). A channel is connected after the stop
/// condition.
package final class Switchboard {
  private let bus: any I2CBus
  private var multiplexers: Set<I2CAddress> = []
  /// The last known content of each control register; nil: unknown.
  private var controls: [I2CAddress: UInt8] = [:]

  /// `bus`: the bus of the adapter.
  package init(_ bus: any I2CBus) { self.bus = bus }

  deinit {
    for multiplexer in multiplexers.sorted() where controls[multiplexer] != 0 {
      do throws(BusError) {
        try bus.write([0], to: multiplexer)
      } catch {
        // The bus hangs: each further multiplexer would delay the caller by another timeout.
        if error.kind == .timeout { return }
      }
    }
  }

  /// The bus behind a channel. Request all channels before the first transfer on any of them.
  package func bus(behind channel: BusPath.Channel) -> any I2CBus {
    multiplexers.insert(channel.multiplexer)
    return ChannelBus(switchboard: self, channel: channel)
  }

  fileprivate func pause(_ duration: Duration) { bus.pause(duration) }

  fileprivate func transfer(
    through channel: BusPath.Channel, _ transfer: (any I2CBus) throws(BusError) -> [UInt8]
  ) throws(BusError) -> [UInt8] {
    do {
      try connect(channel)
      return try transfer(bus)
    } catch {
      // The multiplexer may have lost its power, and with it the content of its register.
      controls[channel.multiplexer] = nil
      throw error
    }
  }

  private func connect(_ channel: BusPath.Channel) throws(BusError) {
    for other in multiplexers.sorted() where other != channel.multiplexer { try disconnect(other) }
    try set(channel.multiplexer, 1 << channel.number)
  }

  private func disconnect(_ other: I2CAddress) throws(BusError) {
    do {
      try set(other, 0)
    } catch {
      // A multiplexer that was disconnected and is now absent does not disturb the sensors behind the others.
      guard error.kind == .noAcknowledge, controls[other] == 0 else { throw error }
    }
  }

  private func set(_ address: I2CAddress, _ control: UInt8) throws(BusError) {
    if controls[address] == control, try bus.transfer(to: address, write: [], read: 1) == [control] { return }
    controls[address] = nil
    try bus.write([control], to: address)
    let found = try bus.transfer(to: address, write: [], read: 1)
    guard found == [control] else {
      throw BusError(
        .failed, "set the multiplexer \(address) to \(hex([control])): it says \(hex(found)), so it is no multiplexer")
    }
    controls[address] = control
  }
}

/// One channel of a multiplexer.
private final class ChannelBus: I2CBus {
  private let switchboard: Switchboard
  private let channel: BusPath.Channel

  init(switchboard: Switchboard, channel: BusPath.Channel) {
    self.switchboard = switchboard
    self.channel = channel
  }

  func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
    try switchboard.transfer(through: channel) { (bus) throws(BusError) in
      try bus.transfer(to: address, write: bytes, read: count)
    }
  }

  func pause(_ duration: Duration) { switchboard.pause(duration) }
}
