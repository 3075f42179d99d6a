import Telemetry

/// A transfer that failed below the driver: what was tried, and what the system answered.
package struct BusError: Error, Hashable, Sendable {
  /// The kind of failure, for code that has to react to it.
  package enum Kind: Hashable, Sendable {
    /// No acknowledgement: the chip is absent, or busy converting.
    case noAcknowledge
    /// The transfer did not end: a line is held low, or the clock is stretched beyond the limit.
    case timeout
    /// Another master won the arbitration. Retry at once.
    case arbitrationLost
    /// The reply does not have the requested length.
    case shortRead(expected: Int, received: Int)
    /// The SMBus packet error code (PEC) was wrong.
    case packetErrorCode
    /// A kernel driver has claimed this address; read the sensor through hwmon or IIO instead.
    case claimed(driver: String)
    /// The bus, device, line or file does not exist.
    case absent
    /// The bus, device, line or file exists but may not be used.
    case denied
    /// The adapter or the kernel does not support the operation.
    case unsupported
    /// Any other failure; see `code`.
    case failed
  }

  package let kind: Kind
  /// The attempted operation and its place: `read 2 bytes from 0x48 on i2c-1`.
  package let operation: String
  /// The errno; 0 if there was none.
  package let code: Int32
  /// A remedy, if more is known than `kind` implies.
  package let advice: String?

  package init(_ kind: Kind, _ operation: String, code: Int32 = 0, advice: String? = nil) {
    self.kind = kind
    self.operation = operation
    self.code = code
    self.advice = advice
  }
}

/// The reason why a sensor gave no reading, with the evidence.
package enum SensorError: Error, Hashable, Sendable {
  case bus(BusError)
  /// The bytes do not match their checksum.
  case checksum(received: UInt8, computed: UInt8, bytes: [UInt8])
  /// The ID register does not hold this chip's ID.
  case wrongChip(expected: String, found: [UInt8])
  /// The chip is a known other one: these are the drivers for it.
  case anotherChip(expected: String, found: [UInt8], drivers: [String])
  /// The chip did not finish within the time that its datasheet allows.
  case notReady(after: Duration)
  /// A value outside the range that this chip can measure.
  case outOfRange(Quantity, allowed: ClosedRange<Quantity>)
  /// A value outside the range that the configuration allows at this place.
  case implausible(Quantity, allowed: ClosedRange<Quantity>)
  /// The value that the chip shows after power-on, before its first conversion.
  case powerOnValue(Quantity)
  /// Data that the chip or the kernel does not send.
  case malformed(String, bytes: [UInt8])
  /// The kernel shows no such sensor.
  case notFound(String)
}
