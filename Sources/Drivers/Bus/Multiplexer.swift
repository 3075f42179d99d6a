/// The multiplexers on one adapter: TCA9548A, PCA9548A and relatives with one control register.
///
/// Bit n of the register connects channel n; after power-on none is connected. What is written is read back: a sensor of
/// another channel must never answer for this one. Of several multiplexers one at most is connected at a time, because
/// they may have chips of the same address.
///
/// Others write to the register too: `fieldpost read` beside the daemon. So what it is known to hold is no reason not to
/// look: each transfer begins with a look, of two bytes on the wire. What this has connected it disconnects at its end,
/// because who comes after it may not know of this multiplexer.
///
/// Source: TI TCA9548A, SCPS207, sections 8.5 and 8.6 (control register). A channel is connected after the stop condition.
package final class Switchboard {
  private let bus: any I2CBus
  private var multiplexers: Set<I2CAddress> = []
  /// What was last seen in their control registers; nil: not known.
  private var controls: [I2CAddress: UInt8] = [:]

  /// `bus`: of the adapter.
  package init(_ bus: any I2CBus) { self.bus = bus }

  deinit {
    for multiplexer in multiplexers.sorted() where controls[multiplexer] != 0 {
      do throws(BusError) {
        try bus.write([0], to: multiplexer)
      } catch {
        // A bus that hangs holds up whoever waits for this, once for each.
        if error.kind == .timeout { return }
      }
    }
  }

  /// The bus behind a channel. All channels have to be asked for before the first transfer on one of them.
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
      // It may have lost its power, and its register.
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
      // One that was disconnected and is now gone does not hold up the sensors behind the others.
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
