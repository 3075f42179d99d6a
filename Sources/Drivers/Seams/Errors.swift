import Telemetry

/// A transfer that failed below the driver: what was tried, what the system answered.
package struct BusError: Error, Hashable, Sendable {
  /// What it means, for code that decides.
  package enum Kind: Hashable, Sendable {
    /// Nobody acknowledged: absent, or busy converting.
    case noAcknowledge
    /// The transfer did not end: a line is held low, or the clock is stretched beyond the limit.
    case timeout
    /// Another master was faster. To be tried again at once.
    case arbitrationLost
    /// Fewer bytes than asked for.
    case shortRead(expected: Int, received: Int)
    /// The checksum byte of SMBus (PEC) was wrong.
    case packetErrorCode
    /// A kernel driver has claimed this address; read the sensor through hwmon or IIO instead.
    case claimed(driver: String)
    /// The bus, device, line or file is not there.
    case absent
    /// It is there but may not be used.
    case denied
    /// The adapter or the kernel cannot do this.
    case unsupported
    /// Anything else: `code` tells.
    case failed
  }

  package let kind: Kind
  /// What was tried, where: `read 2 bytes from 0x48 on i2c-1`.
  package let operation: String
  /// The errno; 0 where there was none.
  package let code: Int32
  /// What to do about it, where more is known than the kind says.
  package let advice: String?

  package init(_ kind: Kind, _ operation: String, code: Int32 = 0, advice: String? = nil) {
    self.kind = kind
    self.operation = operation
    self.code = code
    self.advice = advice
  }
}

/// Why a sensor gave no reading. Carries the evidence.
package enum SensorError: Error, Hashable, Sendable {
  case bus(BusError)
  /// Bytes that do not agree with their checksum.
  case checksum(received: UInt8, computed: UInt8, bytes: [UInt8])
  /// The ID register is another chip's.
  case wrongChip(expected: String, found: [UInt8])
  /// It is another chip's, which is known: one of those that these drivers are for.
  case anotherChip(expected: String, found: [UInt8], drivers: [String])
  /// The chip did not finish in the time that its datasheet allows.
  case notReady(after: Duration)
  /// A value that this chip cannot mean.
  case outOfRange(Quantity, allowed: ClosedRange<Quantity>)
  /// A value that the configuration rules out at this place.
  case implausible(Quantity, allowed: ClosedRange<Quantity>)
  /// The value that the chip shows after power-on, before its first conversion.
  case powerOnValue(Quantity)
  /// Bytes that are not what the chip or the kernel sends.
  case malformed(String, bytes: [UInt8])
  /// The kernel shows no such sensor.
  case notFound(String)
}
