import Telemetry

/// A 7-bit I²C address, 0x08 … 0x77; the rest is reserved by the I²C specification (UM10204 rev. 7, section 3.1.12).
package struct I2CAddress: Hashable, Comparable, Sendable {
  package static let valid: ClosedRange<UInt8> = 0x08...0x77

  package let value: UInt8

  /// Nil outside 0x08 … 0x77.
  package init?(_ value: UInt8) {
    guard Self.valid.contains(value) else { return nil }
    self.value = value
  }

  package static func < (a: I2CAddress, b: I2CAddress) -> Bool { a.value < b.value }
}

extension I2CAddress: CustomStringConvertible {
  package var description: String { "0x" + String(value, radix: 16, padded: 2) }
}

/// An I²C bus, as a driver sees it. A driver borrows the bus and never owns it: the station opens, closes and shares
/// it. All calls block the thread of the bus.
package protocol I2CBus: AnyObject {
  /// One transaction: writes `bytes` (if any), then, after a repeated start, reads `count` bytes (if any).
  ///
  ///     S addr W ACK bytes… [Sr addr R ACK count bytes… NACK] P
  ///
  /// Returns exactly `count` bytes.
  func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8]

  /// Waits while the chip works. This is a seam so that tests and simulations do not have to wait.
  func pause(_ duration: Duration)
}

extension I2CBus {
  /// Reads `count` bytes from a register.
  package func read(_ register: UInt8, count: Int, from address: I2CAddress) throws(BusError) -> [UInt8] {
    try transfer(to: address, write: [register], read: count)
  }

  /// Writes `bytes` and reads nothing.
  package func write(_ bytes: [UInt8], to address: I2CAddress) throws(BusError) {
    _ = try transfer(to: address, write: bytes, read: 0)
  }
}
