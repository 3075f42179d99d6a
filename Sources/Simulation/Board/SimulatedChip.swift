/// A chip that answers on a simulated bus as the real one does: register by register, command by command.
package protocol SimulatedChip: AnyObject {
  /// The bytes that the bus writes after the address. False: not acknowledged.
  func write(_ bytes: [UInt8]) -> Bool

  /// What the chip sends when it is read. Nil: not acknowledged.
  func read(_ count: Int) -> [UInt8]?

  /// Its replies end with a checksum.
  var hasChecksum: Bool { get }

  /// It does not let go of a line: no transfer to it ends.
  var isStuck: Bool { get }
}

extension SimulatedChip {
  package var hasChecksum: Bool { false }
  package var isStuck: Bool { false }
}
