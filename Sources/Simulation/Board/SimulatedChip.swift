/// A chip on a simulated bus. It answers like the real chip, register by register and command by command.
package protocol SimulatedChip: AnyObject {
  /// Takes the bytes that the bus writes after the address. False: not acknowledged.
  func write(_ bytes: [UInt8]) -> Bool

  /// The bytes that the chip sends when it is read. Nil: not acknowledged.
  func read(_ count: Int) -> [UInt8]?

  /// Whether the chip's replies end with a checksum.
  var hasChecksum: Bool { get }

  /// Whether the chip holds a line low: no transfer to it ends.
  var isStuck: Bool { get }
}

extension SimulatedChip {
  package var hasChecksum: Bool { false }
  package var isStuck: Bool { false }
}
