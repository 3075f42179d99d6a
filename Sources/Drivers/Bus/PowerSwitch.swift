import Telemetry

/// The line that powers the sensors of a bus. Only a power cycle always frees a stuck bus.
package final class PowerSwitch {
  /// Long enough for the capacitors on a breakout board to discharge.
  private static let off = Duration.seconds(1)
  /// How long the chips take to start.
  private static let settling = Duration.milliseconds(300)

  private let bank: any GPIOBank
  private let line: any GPIOOutput
  private let activeLow: Bool

  /// Requests the line and switches the sensors on. The line is given back when this object is released.
  package init(_ bank: any GPIOBank, _ line: LineSelector, activeLow: Bool) throws(BusError) {
    self.bank = bank
    self.activeLow = activeLow
    self.line = try bank.output(line, high: !activeLow)
    bank.pause(Self.settling)
  }

  /// Switches the sensors off and on again. Blocks until they have started.
  package func cycle() throws(BusError) {
    try line.drive(high: activeLow)
    bank.pause(Self.off)
    try line.drive(high: !activeLow)
    bank.pause(Self.settling)
  }
}
