import Foundation
import Testing

/// A daemon with two simulated sensors, a and b, and a fake broker.
final class Story: CustomStringConvertible {
  let daemon: Program
  let broker: FakeBroker
  private let begin = ContinuousClock.now

  init(
    _ workplace: Workplace, _ broker: FakeBroker, uplink: String = "", acknowledge: String = "2s",
    sensors: String = Daemon.twoSensors
  ) throws {
    self.broker = broker
    let limits = "  retry_ceiling: 1s\n  acknowledge_timeout: \(acknowledge)\n  connect_timeout: 3s\n"
    daemon = try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: broker.url, uplink: limits + uplink, buffer: "  durable_after: 1s", sensors: sensors),
      options: ["--simulate"])
  }

  func sees(within limit: Duration = .seconds(40), _ isSo: (Journal) -> Bool) async -> Bool {
    await comes(within: limit) { isSo(broker.journal) || !daemon.isRunning } && daemon.isRunning
  }

  /// SIGTERM, and what a daemon must not have done until then. `processorSeconds`: for the work of the story itself.
  func end(processorSeconds work: Double = 0) async {
    let (cpu, seconds) = (daemon.processorSeconds, (ContinuousClock.now - begin) / .seconds(1))
    #expect(cpu < 0.3 + work + seconds / 20, "\(cpu) s of processor time in \(seconds) s: \(daemon.lines)")
    #expect(Double(broker.journal.connections) < 5 + seconds * 4, "\(broker.journal.connections) in \(seconds) s")
    let repeats = broker.journal.offered.count { $0.offers > 1 }
    // Each connection begins with what was on its way, 20 at most; the rest is for refusals.
    #expect(
      Double(repeats) < Double(20 * broker.journal.connections) + seconds * 10, "\(repeats) repeats in \(seconds) s")
    daemon.send(SIGTERM)
    // Systemd's and our limit is 5 s; the machine may be busy.
    let hasEnded = await comes(within: .seconds(15)) { !daemon.isRunning }
    #expect(hasEnded, "\(daemon.lines)")
    #expect(daemon.exitStatus() == 0, "\(daemon.lines)")
    #expect(!daemon.lines.contains { $0.contains("took too long") }, "\(daemon.lines)")
  }

  // MARK: Readings

  var offered: [Received] { broker.journal.offered.flatMap(\.messages).filter { $0.json["quantities"] != nil } }
  var accepted: [Received] { broker.journal.accepted.flatMap(\.messages).filter { $0.json["quantities"] != nil } }
  var events: [Received] { broker.journal.accepted.flatMap(\.messages).filter { $0.json["event"] != nil } }

  /// The readings that gap events with this reason name.
  func gaps(_ reason: String) -> [String] {
    events.filter { $0.json["reason"] as? String == reason }.flatMap { event in
      (event.json["gaps"] as? [[String: Any]] ?? []).flatMap { span -> [String] in
        guard let first = span["first"] as? [String: Int], let last = span["last"] as? [String: Int],
          let sensor = span["sensor"] as? String, let epoch = first["epoch"], let from = first["sequence"],
          let to = last["sequence"], from <= to
        else { return ["a span that cannot be read"] }
        return (from...to).map { "\(sensor) \(epoch) \($0)" }
      }
    }
  }

  /// So many readings of both sensors in the newest epoch, at least.
  func hasAccepted(_ count: Int) -> Bool {
    let accepted = accepted
    let epoch = accepted.map(\.epoch).max()
    return ["a", "b"].allSatisfy { sensor in
      accepted.contains { $0.sensor == sensor && $0.epoch == epoch && $0.sequence >= count }
    }
  }

  /// The ledger of the spool on the disk.
  static func ledger(_ workplace: Workplace) throws -> (
    taken: Int, acknowledged: Int, waiting: Int, evicted: Int
  ) {
    let tool = try Program(programs + "/fieldpost", ["spool", "status", "--json", workplace.path("spool")])
    _ = tool.exitStatus()
    // If the buffer is in use, the tool says so in a line of its own.
    let text = tool.lines.filter { $0.hasPrefix("{") }.joined()
    let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    let ledger = try #require(json["ledger"] as? [String: Int])
    return (
      try #require(ledger["taken"]), try #require(ledger["acknowledged"]), try #require(ledger["waiting"]),
      try #require(ledger["evicted"])
    )
  }

  var missing: [String] { Self.missing(accepted) }
  var isComplete: Bool { missing.isEmpty }

  /// The readings before the last one of a sensor in an epoch that have not come. `others`: names of readings that are
  /// elsewhere.
  static func missing(_ accepted: [Received], but others: Set<String> = []) -> [String] {
    let have = Set(accepted.map(\.identity)).union(others)
    return Dictionary(grouping: accepted) { "\($0.sensor) \($0.epoch)" }.flatMap { stream, readings in
      (1...(readings.map(\.sequence).max() ?? 1)).map { "\(stream) \($0)" }.filter { !have.contains($0) }
    }.sorted()
  }

  var description: String {
    let journal = broker.journal
    return "\(journal.connections) connections, \(journal.incidents) incidents, \(offered.count) readings offered, "
      + "accepted \(accepted.map(\.identity)), missing \(missing), violations \(journal.violations)"
  }
}

extension Workplace {
  /// Whether at least so many undelivered records are on the disk. The daemon may be running.
  func hasOnDisk(_ records: Int) -> Bool {
    // Each look is a process.
    usleep(250_000)
    return ((try? Story.ledger(self))?.waiting ?? 0) >= records
  }
}

/// `eventually`, for stories that go on beside each other.
func comes(within limit: Duration = .seconds(60), _ isSo: () -> Bool) async -> Bool {
  let deadline = ContinuousClock.now + limit
  while !isSo() {
    if ContinuousClock.now >= deadline { return false }
    try? await Task.sleep(for: .milliseconds(50))
  }
  return true
}

extension Program {
  /// `says`, for stories that go on beside each other.
  func willSay(_ text: String, within limit: Duration = .seconds(30)) async -> Bool {
    await comes(within: limit) { lines.contains { $0.contains(text) } }
  }

  /// User and system time so far.
  var processorSeconds: Double {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
    // proc(5): behind the name in parentheses, from field 3 on; utime and stime are 14 and 15.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return .infinity }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}

extension Sequence<String> {
  /// Identities of one start, `a 3636484 2`, as `a 2`: which epoch a new buffer begins with depends on the time.
  var withoutEpochs: [String] {
    map { identity in
      let words = identity.split(separator: " ")
      return words.count == 3 ? "\(words[0]) \(words[2])" : identity
    }
  }
}
