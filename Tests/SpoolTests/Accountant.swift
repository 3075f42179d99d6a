import Telemetry
import TestSupport

@testable import Spool

/// Records that say who they are: 8 bytes of identity, then bytes that follow from it.
func identified(_ id: UInt64) -> [UInt8] {
  var random = SeededRandom(seed: id &* 77)
  let filler = (0..<Int.random(in: 0...500, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
  return words([id]) + filler
}

private func words(_ values: [UInt64]) -> [UInt8] {
  values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
}

private func values(_ bytes: [UInt8]) -> [UInt64] {
  stride(from: 0, to: bytes.count - 7, by: 8).map { start in
    bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// A bookkeeper whose reports list every record that is gone.
final class Accountant: LossReporter {
  /// The content of a report.
  struct Report: Hashable {
    var lost: Set<UInt64> = []
    var unreadable: UInt64 = 0
  }

  private static let mark = UInt64.max
  private var report = Report()
  var expires: (UInt64) -> Bool = { _ in false }

  func isExpired(_ record: [UInt8]) -> Bool { Self.report(in: record) == nil && expires(Self.id(of: record)) }

  func lost(_ record: [UInt8], _ reason: LossReason) {
    guard let inner = Self.report(in: record) else {
      report.lost.insert(Self.id(of: record))
      return
    }
    report.lost.formUnion(inner.lost)
    report.unreadable += inner.unreadable
  }

  func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) {
    report.unreadable += UInt64(count)
  }

  func reports(epoch: UInt32) -> [[UInt8]] {
    defer { report = Report() }
    let lost = report.lost.sorted()
    return stride(from: 0, to: max(1, lost.count), by: 200).map { start in
      words([Self.mark, start == 0 ? report.unreadable : 0] + lost[start..<min(start + 200, lost.count)])
    }
  }

  static func id(of record: [UInt8]) -> UInt64 { values(record).first ?? 0 }

  static func report(in record: [UInt8]) -> Report? {
    guard id(of: record) == mark else { return nil }
    let content = values(record)
    return Report(lost: Set(content[2...]), unreadable: content[1])
  }
}
