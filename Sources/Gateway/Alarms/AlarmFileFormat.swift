import Sampling
import Spool
import Telemetry

/// The raised alarms as a small file: one line each, and a checksum over all of them at the end.
///
///     fieldpost alarms 1
///     high temperature freezer-1 -14200000 -15000000 5f1c… 12345 1795000000000000000 1
///     crc32c 0a1b2c3d
///
/// Each line has the kind, quantity (- for none), sensor, value and threshold (- for unknown), and the time of raising:
/// boot, uptime and wall clock in nanoseconds, and whether that clock was set.
enum AlarmFileFormat {
  private static let head = "fieldpost alarms 1\n"

  static func encode(_ raised: [AlarmTracker.Raised]) -> [UInt8] {
    let text = head + raised.map { line($0) + "\n" }.joined()
    return Array("\(text)crc32c \(String(crc32c(Array(text.utf8)), radix: 16))\n".utf8)
  }

  /// Nil for anything that was not completely written in this format.
  static func decode(_ bytes: [UInt8]) -> [AlarmTracker.Raised]? {
    guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\n") else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    guard let end = lines.last, lines.count >= 2 else { return nil }
    let body = lines.dropLast().map { $0 + "\n" }.joined()
    guard body.hasPrefix(head), end == "crc32c \(String(crc32c(Array(body.utf8)), radix: 16))" else { return nil }
    let raised = lines.dropFirst().dropLast().map(raised)
    return raised.contains { $0 == nil } ? nil : raised.compactMap { $0 }
  }

  private static func line(_ raised: AlarmTracker.Raised) -> String {
    let (name, since) = (raised.alarm.name, raised.since)
    let words = [
      name.kind.name, name.quantity?.name ?? "-", name.sensor, raised.alarm.value.map(String.init) ?? "-",
      raised.alarm.threshold.map(String.init) ?? "-", String(since.boot.value, radix: 16),
      "\(since.uptime.nanoseconds)", "\(since.wall.nanoseconds)", since.synced ? "1" : "0",
    ]
    return words.joined(separator: " ")
  }

  private static func raised(_ line: Substring) -> AlarmTracker.Raised? {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 9, let kind = Alarm.Kind.allCases.first(where: { $0.name == words[0] }),
      let boot = UInt64(words[5], radix: 16), let uptime = Int64(words[6]), let wall = Int64(words[7])
    else { return nil }
    let quantity = Quantity.Kind.allCases.first { $0.name == words[1] }
    let (value, threshold) = (Int64(words[3]), Int64(words[4]))
    guard quantity != nil || words[1] == "-", value != nil || words[3] == "-", threshold != nil || words[4] == "-"
    else {
      return nil
    }
    let name = Alarm.Name(sensor: String(words[2]), kind: kind, quantity: quantity)
    let since = Stamp(
      boot: BootID(boot), uptime: Uptime(nanoseconds: uptime), wall: WallTime(nanoseconds: wall),
      synced: words[8] == "1")
    return AlarmTracker.Raised(Alarm(name, value: value, threshold: threshold), since: since)
  }
}
