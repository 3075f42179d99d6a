import Glibc
import Linux
import Spool
import TestSupport

/// A measurement that found the spool wrong or too dear, or could not be taken.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
  init(_ operation: String, _ code: Int32) { description = "\(SystemError(operation, code: code))" }
}

/// How many records the courier asks for at once.
let window = 20

/// Wants every record, and says nothing of lost ones.
private final class Indifferent: LossReporter {
  func isExpired(_ record: [UInt8]) -> Bool { false }
  func lost(_ record: [UInt8], _ reason: LossReason) {}
  func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) {}
  func reports(epoch: UInt32) -> [[UInt8]] { [] }
}

/// Opens the spool in a directory on a loop whose time stands still, so that the spool writes when RAM is full and at
/// no other time; closes it after `body`.
func withSpool<Result: Sendable>(
  _ directory: String, capacity: Int64 = SpoolOptions().capacity, whenFull: SpoolOptions.WhenFull = .refuseNewest,
  counting reads: ReadCount? = nil,
  _ body: @Sendable (isolated Spool) throws -> Result
) throws -> Result {
  var options = SpoolOptions()
  options.capacity = capacity
  options.whenFull = whenFull
  let spool = Spool(
    store: { SegmentFiles(directory: directory, counting: reads) }, options: options, lossReporter: { Indifferent() },
    loop: ManualLoop(),
    notice: { _ in })
  return try spool.assumeIsolated { spool in
    _ = try spool.open()
    defer { spool.close() }
    return try body(spool)
  }
}

extension Spool {
  /// Takes everything out, in order, and gives it to `check`.
  func drain(_ check: (SpooledRecord) throws -> Void) rethrows {
    var last: RecordNumber?
    while true {
      let records = next(after: last, limit: window)
      guard !records.isEmpty else { return }
      for record in records {
        try check(record)
        acknowledge(record.number)
      }
      last = records.last { !$0.isAhead }?.number ?? last
    }
  }

  /// Appends so many records, or until no more is taken; returns how many were. Looks around after every thousand.
  func fill(_ limit: RecordNumber = .max, look: () throws -> Void = {}) throws -> RecordNumber {
    var count: RecordNumber = 0
    while count < limit, append(payload(count), critical: false) != nil {
      count += 1
      guard count % 1_000 == 0 else { continue }
      try look()
      // RAM holds 32 KiB of records, and more only when they cannot be written.
      guard counters.waiting - counters.durable < 2_000 else { throw Failure("the disk takes no more") }
    }
    return count
  }
}

/// The record of this number: 61 to 79 bytes, like readings, every one different. About every fourth byte is zero.
func payload(_ number: RecordNumber) -> [UInt8] {
  let count = 61 + Int(number % 19)
  return [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
    var state = number &* 0x9E37_79B9_7F4A_7C15 | 1
    for index in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let byte = UInt8(truncatingIfNeeded: state >> 56)
      bytes[index] = byte < 64 ? 0 : byte
    }
    initialized = count
  }
}

/// Processor time of this process so far.
struct ProcessorTime {
  var user: Double
  var system: Double
  var total: Double { user + system }

  /// In seconds.
  static var now: ProcessorTime {
    var usage = rusage()
    getrusage(.init(RUSAGE_SELF.rawValue), &usage)
    return ProcessorTime(user: seconds(usage.ru_utime), system: seconds(usage.ru_stime))
  }

  static func of(_ body: () throws -> Void) rethrows -> ProcessorTime {
    let begin = now
    try body()
    return now - begin
  }

  static func - (a: ProcessorTime, b: ProcessorTime) -> ProcessorTime {
    ProcessorTime(user: max(0, a.user - b.user), system: max(0, a.system - b.system))
  }

  static func + (a: ProcessorTime, b: ProcessorTime) -> ProcessorTime {
    ProcessorTime(user: a.user + b.user, system: a.system + b.system)
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}

/// With so many digits behind the point.
func fixed(_ value: Double, _ digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let scaled = Int((value * scale).rounded())
  guard digits > 0 else { return String(scaled) }
  let fraction = String(scaled % Int(scale))
  return "\(scaled / Int(scale))." + String(repeating: "0", count: digits - fraction.utf8.count) + fraction
}

/// Keeps the optimizer from leaving out what made a value.
@inline(never)
func keep<Value>(_ value: Value) { withExtendedLifetime(value) {} }

/// Padded on the right.
func pad(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// Padded on the left.
func column(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
