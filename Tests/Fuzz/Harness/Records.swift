import TestSupport

#if DEBUG
  @testable import Spool

  /// Every record that was ever written, in all lives of one store. A record carries who it is and a checksum.
  final class Register {
    struct Content: Sendable {
      fileprivate var serial: UInt32 = 0
      fileprivate var written: [UInt32: [UInt8]] = [:]
      fileprivate var numbers: [UInt32: RecordNumber] = [:]
    }

    private(set) var content: Content

    init(_ content: Content = Content()) { self.content = content }

    func make(length: Int, isReport: Bool = false) -> [UInt8] {
      content.serial += 1
      let serial = content.serial
      var random = SeededRandom(seed: UInt64(serial))
      var bytes = withUnsafeBytes(of: serial.littleEndian) { Array($0) }
      bytes.append(isReport ? 1 : 0)
      bytes += (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      let sum = bytes.withUnsafeBytes { crc32c($0) }
      bytes += withUnsafeBytes(of: sum.littleEndian) { Array($0) }
      content.written[serial] = bytes
      return bytes
    }

    func number(_ number: RecordNumber, of record: [UInt8]) { content.numbers[Self.serial(of: record)] = number }

    static func serial(of record: [UInt8]) -> UInt32 {
      record.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    static func isReport(_ record: [UInt8]) -> Bool { record.count > 4 && record[4] == 1 }

    func check(_ record: SpooledRecord) {
      let serial = Self.serial(of: record.bytes)
      spoolfuzz.check(
        content.written[serial] == record.bytes, "record \(record.number) was never written: \(record.bytes)")
      if let number = content.numbers[serial] {
        spoolfuzz.check(number == record.number, "record \(number) comes back as \(record.number)")
      }
    }
  }

  /// Reports losses in records that the register knows.
  final class Clerk: LossReporter {
    private let register: Register
    private let expiring: UInt32
    private var told = 0

    /// `expiring`: one record in so many is too old; 0: none.
    init(register: Register, expiring: Int) {
      self.register = register
      self.expiring = UInt32(expiring)
    }

    func isExpired(_ record: [UInt8]) -> Bool {
      expiring > 0 && !Register.isReport(record) && Register.serial(of: record) % expiring == 0
    }

    func lost(_ record: [UInt8], _ reason: LossReason) { told += 1 }

    func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) {
      check(count > 0, "\(count) records lost")
      told += 1
    }

    func reports(epoch: UInt32) -> [[UInt8]] {
      check(told > 0, "a report of nothing")
      defer { told = 0 }
      return (0..<(told > 200 ? 3 : 1)).map { _ in register.make(length: min(1_990, 20 + told), isReport: true) }
    }
  }
#endif
