import Spool

/// Records `first … last` of one life: what the spool gave up.
struct Span: Hashable {
  let life: UInt32
  let first: UInt32
  var last: UInt32

  func contains(_ name: Name) -> Bool { life == name.life && first <= name.index && name.index <= last }
}

/// A report is eight bytes that no record begins with, and spans of three numbers each, 12 bytes, little-endian.
enum Report {
  private static let mark = [UInt8](repeating: 0xFF, count: 8)

  static func bytes(_ spans: some Sequence<Span>) -> [UInt8] {
    mark + spans.flatMap { littleEndian($0.life) + littleEndian($0.first) + littleEndian($0.last) }
  }

  /// Nil: not a report.
  static func spans(of record: [UInt8]) -> [Span]? {
    guard record.starts(with: mark), record.count % 12 == 8 else { return nil }
    return stride(from: 8, to: record.count, by: 12).map { place in
      Span(
        life: number(in: record, at: place), first: number(in: record, at: place + 4),
        last: number(in: record, at: place + 8))
    }
  }
}

/// Reports by name what the spool gives up, as the daemon does.
final class Clerk: LossReporter {
  private var spans: [Span] = []

  func isExpired(_ record: [UInt8]) -> Bool { false }

  func lost(_ record: [UInt8], _ reason: LossReason) {
    if let reported = Report.spans(of: record) {
      spans += reported
    } else if let name = Record.name(of: record) {
      if let last = spans.last, last.life == name.life, last.last + 1 == name.index {
        spans[spans.count - 1].last = name.index
      } else {
        spans.append(Span(life: name.life, first: name.index, last: name.index))
      }
    } else {
      fail("the spool gives up a record that nobody wrote")
    }
  }

  /// Nobody can name these. They were never promised, or the verifier misses them.
  func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) {}

  func reports(epoch: UInt32) -> [[UInt8]] {
    defer { spans = [] }
    let most = (Spool.maximumReportSize - 8) / 12
    return stride(from: 0, to: spans.count, by: most).map { Report.bytes(spans[$0..<min($0 + most, spans.count)]) }
  }
}
