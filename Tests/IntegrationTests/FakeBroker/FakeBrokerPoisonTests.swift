import Foundation
import Linux
import Telemetry
import Testing

@testable import Spool

/// Messages that a broker will never take, where it is not content with saying so once.
@Suite("Poison")
struct FakeBrokerPoisonTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  /// AWS IoT Core, for one, closes the connection of a client that publishes what it may not.
  @Test(
    "A message at which the broker always breaks off does not stop the others",
    arguments: [nil, 0x95, 0x99] as [UInt8?])
  func breaksOff(_ reason: UInt8?) async throws {
    let isPoison: @Sendable (Publication) -> Bool = { $0.isReading && $0.sensor == "a" && $0.sequence == 2 }
    var manners = Manners()
    if let reason {
      manners.answer = { isPoison($0) ? nil : 0 }
      manners.afterAnswer = { isPoison($0) ? Misbehaviour.disconnect(reason) : [] }
    } else {
      manners.leavesAt = isPoison
    }
    let bad = manners
    let story = try Story(workplace, try FakeBroker { _ in bad })
    #expect(await story.sees(within: .seconds(90)) { _ in story.hasAccepted(20) }, "\(story) \(story.daemon.lines)")
    await story.end()
    #expect(story.missing.withoutEpochs == ["a 2"], "\(story)")
    // It is in the buffer yet, or it was reported.
    let ledger = try Story.ledger(workplace)
    #expect(ledger.waiting > 0 || story.gaps("rejected").withoutEpochs == ["a 2"], "\(ledger)")
  }

  @Test("An event that the broker will never take is reported, as a reading is")
  func refusedEvent() async throws {
    var manners = Manners()
    manners.answer = { $0.sensor == "event" && $0.sequence == 1 ? 0x99 : 0 }
    let bad = manners
    let story = try Story(workplace, try FakeBroker { _ in bad })
    #expect(await story.sees { _ in !story.gaps("rejected").isEmpty }, "\(story) \(story.daemon.lines)")
    #expect(story.gaps("rejected").withoutEpochs == ["event 1"], "\(story)")
    await story.end()
  }

  @Test(
    "What is set aside is on the disk, and not only in the cache, when its loss is reported",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")))
  func deadLettersAreDurable() async throws {
    var manners = Manners()
    // Not before strace looks on.
    let go = workplace.path("go")
    manners.answer = { $0.isReading && $0.sensor == "a" && FileManager.default.fileExists(atPath: go) ? 0x90 : 0 }
    let bad = manners
    let story = try Story(workplace, try FakeBroker { _ in bad })
    #expect(await story.sees { _ in story.hasAccepted(1) }, "\(story) \(story.daemon.lines)")
    let calls = workplace.path("calls")
    let strace = try Program(
      "/usr/bin/strace", ["-f", "-y", "-p", "\(story.daemon.pid)", "-e", "trace=fdatasync,fsync", "-o", calls])
    #expect(await strace.willSay("attached"), "\(strace.lines)")
    try workplace.write("", to: "go")
    #expect(await story.sees { _ in !story.gaps("rejected").isEmpty }, "\(story) \(story.daemon.lines)")
    let trace = try String(contentsOfFile: calls, encoding: .utf8)
    #expect(trace.contains("dead-letters.jsonl"), "\(trace)")
    strace.send(SIGINT)
    story.daemon.send(SIGTERM)
    #expect(story.daemon.exitStatus() == 0)
  }

  private func leaveRubbish() throws {
    let now = Uptime(nanoseconds: 1)
    var ring = try Ring(
      opening: SegmentFiles(directory: workplace.path("spool")), options: SpoolOptions(), lossReporter: NoBooks(),
      now: now)
    ring.append([9, 9, 9], critical: true, now: now)
    ring.close(now: now)
  }

  @Test("A record that nobody can read is reported, and the others go")
  func unreadableRecord() async throws {
    try leaveRubbish()
    let story = try Story(workplace, try FakeBroker { _ in Manners() })
    let isReported = await story.sees { _ in
      story.events.contains { $0.json["reason"] as? String == "rejected" && $0.json["count"] as? Int == 1 }
    }
    #expect(isReported)
    #expect(story.daemon.lines.contains { $0.contains("record 0 cannot be read and is left out") })
    await story.end()
    let ledger = try Story.ledger(workplace)
    #expect(story.isComplete, "\(story) \(ledger)")
    #expect(ledger.evicted == 1, "\(story) \(ledger)")
  }

  @Test("A report that is refused is not made again and again")
  func refusedReports() async throws {
    var manners = Manners()
    manners.answer = { $0.isReading && $0.sensor == "a" || $0.sensor == "event" ? 0x99 : 0 }
    let bad = manners
    let begin = ContinuousClock.now
    let story = try Story(workplace, try FakeBroker { _ in bad })
    // The first report comes ten seconds after what it reports.
    #expect(await story.sees { $0.offered.contains { $0.sensor == "event" } }, "\(story.daemon.lines)")
    // The story: nothing is waited for.
    try await Task.sleep(for: .seconds(15))
    await story.end()
    let reports = story.broker.journal.offered.count { $0.sensor == "event" }
    // One in ten seconds, and each is tried again; without a pause there would be dozens a second.
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    #expect(Double(reports) < 5 + seconds, "\(reports) reports, \(story.offered.count) readings")
    #expect(story.missing.allSatisfy { $0.hasPrefix("a ") }, "\(story)")
    #expect(story.hasAcceptedAll("b"), "\(story)")
  }

  @Test("Many readings of a sensor are denied, and the others go on")
  func manyDenied() async throws { try await denied(2_000) }

  /// One of ten sensors at 1 Hz needs less than a day for so many.
  @Test("However many readings of a sensor are denied, the others go on")
  func tooManyDenied() async throws { try await denied(60_000) }

  private func denied(_ count: Int) async throws {
    try Backlog.fill(workplace, count)
    var manners = Manners()
    manners.answer = { $0.sensor == "old" ? 0x87 : 0 }
    let bad = manners
    let story = try Story(workplace, try FakeBroker { _ in bad }, uplink: "  in_flight: 1000")
    #expect(await story.sees(within: .seconds(90)) { _ in story.hasAccepted(8) }, "\(story) \(story.daemon.lines)")
    await story.end(processorSeconds: 20)
    #expect(story.missing.isEmpty, "\(story)")
    #expect(story.broker.journal.connections == 1, "\(story)")
    let ledger = try Story.ledger(workplace)
    #expect(ledger.waiting >= count, "\(ledger)")
    #expect(ledger.evicted == 0, "\(ledger)")
  }

  @Test("Where events are denied, readings go on")
  func deniedEvents() async throws {
    var manners = Manners()
    manners.answer = { $0.topic.hasSuffix("/event") ? 0x87 : 0 }
    let bad = manners
    let story = try Story(workplace, try FakeBroker { _ in bad })
    #expect(await story.sees { _ in story.hasAccepted(8) }, "\(story) \(story.daemon.lines)")
    await story.end()
    #expect(story.broker.journal.connections == 1, "\(story)")
    #expect(Audit(story.accepted).isPerfect, "\(story)")
    let ledger = try Story.ledger(workplace)
    #expect(ledger.waiting >= 1, "\(ledger)")
    #expect(ledger.evicted == 0, "\(ledger)")
  }
}

extension Story {
  /// Each number of this sensor, up to the last that was offered.
  fileprivate func hasAcceptedAll(_ sensor: String) -> Bool {
    let (offered, accepted) = (
      Set(offered.filter { $0.sensor == sensor }.map(\.identity)),
      Set(accepted.filter { $0.sensor == sensor }.map(\.identity))
    )
    return !offered.isEmpty && offered == accepted
  }
}
