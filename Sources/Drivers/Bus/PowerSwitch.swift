import Telemetry

/// The line that powers the sensors of a bus. Power-cycling them is the only remedy for a stuck bus that always works.
package final class PowerSwitch {
  /// Long enough for the capacitors on a breakout board.
  private static let off = Duration.seconds(1)
  /// The chips start.
  private static let settling = Duration.milliseconds(300)

  private let bank: any GPIOBank
  private let line: any GPIOOutput
  private let activeLow: Bool

  /// Takes the line, and switches the sensors on. It is given back with this object.
  package init(_ bank: any GPIOBank, _ line: LineSelector, activeLow: Bool) throws(BusError) {
    self.bank = bank
    self.activeLow = activeLow
    self.line = try bank.output(line, high: !activeLow)
    bank.pause(Self.settling)
  }

  /// Off, and on again. Blocks meanwhile.
  package func cycle() throws(BusError) {
    try line.drive(high: activeLow)
    bank.pause(Self.off)
    try line.drive(high: !activeLow)
    bank.pause(Self.settling)
  }
}
