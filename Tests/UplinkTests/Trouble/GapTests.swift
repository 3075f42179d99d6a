import Telemetry
import Testing

@testable import Uplink

/// A gap about so many sensors.
func gapParcel(_ number: UInt64, spans: Int) -> Parcel {
  let position = Gap.Position(epoch: 1, sequence: 9)
  let gap = Gap(
    identity: Identity(sensor: Event.stream, epoch: 1, sequence: number),
    time: Stamp(boot: .unknown, uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 0), synced: false),
    reason: .evicted, count: UInt64(spans),
    spans: (0..<spans).map { Gap.Span(stream: "s\($0)", first: position, last: position, count: 1) })
  return Parcel(number: number, record: ReportCoder.encode(.gap(gap)))
}

extension Parcel {
  var gap: Gap? { if case .report(.gap(let gap)) = content { gap } else { nil } }
}

@Suite("Gaps that the broker does not take")
struct GapTests {
  private func refuse(_ story: inout Story, _ number: UInt64, _ kind: Refusal.Kind) -> [Courier.Action] {
    story.on(.transport(.acknowledged(.records(number), .refused(Refusal(kind, meaning: "no")))))
  }

  private func refused(_ kind: Refusal.Kind) -> CourierNote.Refused {
    CourierNote.Refused(stream: Event.stream, refusal: Refusal(kind, meaning: "no"))
  }

  @Test("One that is too large is divided, and nothing waits for it")
  func tooLarge() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched([gapParcel(1, spans: 2), gapParcel(2, spans: 1), parcel(3)], ticket: 1))
    #expect(refuse(&story, 1, .tooLarge) == [.divide(gapParcel(1, spans: 2))])
    #expect(story.accept(2) == [.acknowledge(2)])
    #expect(story.accept(3) == [.acknowledge(3)])
  }

  @Test(
    "One that cannot be divided, or has something else against it, waits alone and is tried again",
    arguments: [(.tooLarge, 1), (.never, 3), (.never, 1)] as [(Refusal.Kind, Int)])
  func kept(_ kind: Refusal.Kind, _ spans: Int) {
    var story = Story()
    story.connect()
    let bad = gapParcel(1, spans: spans)
    _ = story.on(.fetched([bad, gapParcel(2, spans: 1), parcel(3)], ticket: 1))
    #expect(refuse(&story, 1, kind) == [.hold(1), .note(.gapRefused(refused(kind), retryIn: .seconds(60)))])
    #expect(story.accept(2) == [.acknowledge(2)])
    #expect(story.accept(3) == [.acknowledge(3)])
    _ = story.on(.fetched([], ticket: 1))
    for wait in [120, 240, 480, 900, 900] as [Int64] {
      #expect(story.deadline() == [.fetchHeld(from: 1, limit: 4, ticket: 1)])
      #expect(published(story.on(.fetched([bad], ticket: 1))) == [1])
      let actions = refuse(&story, 1, kind)
      #expect(actions == [.hold(1), .note(.gapRefused(refused(kind), retryIn: .seconds(wait)))])
    }
    // And what comes meanwhile goes.
    _ = story.on(.arrival)
    #expect(published(story.on(.fetched([gapParcel(4, spans: 1)], ticket: 1))) == [4])
  }

  @Test("Others of that size are divided without being tried")
  func sameSize() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched([gapParcel(1, spans: 4)], ticket: 1))
    _ = refuse(&story, 1, .tooLarge)
    let next = [gapParcel(2, spans: 4), gapParcel(3, spans: 3)]
    let actions = story.on(.fetched(next, ticket: 1))
    #expect(actions.first == .divide(gapParcel(2, spans: 4)), "\(actions)")
    #expect(published(actions) == [3], "\(actions)")
  }

  @Test("When it is taken at last, it is done with")
  func takenAtLast() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched([gapParcel(1, spans: 1)], ticket: 1))
    _ = refuse(&story, 1, .never)
    _ = story.on(.fetched([], ticket: 1))
    _ = story.deadline()
    _ = story.on(.fetched([gapParcel(1, spans: 1)], ticket: 1))
    #expect(story.accept(1).first == .acknowledge(1))
    #expect(story.courier.held.isEmpty)
  }

  @Test("Of many that are refused the first wait by themselves, then all do; when one of them is taken, all go")
  func many() {
    var held = HeldStreams()
    let now = Uptime(nanoseconds: 0)
    for number in 1...64 as ClosedRange<UInt64> {
      _ = held.refused(gapParcel(number, spans: 1), wasProbe: false, at: now)
    }
    #expect(!held.holds(gapParcel(65, spans: 1)))
    _ = held.refused(gapParcel(65, spans: 1), wasProbe: false, at: now)
    #expect(held.holds(gapParcel(66, spans: 1)))
    #expect(held.holds(gapParcel(64, spans: 1)))
    #expect(!held.holds(parcel(67, sensor: Event.stream)))
    held.wake(at: now + .seconds(60))
    let isSent = (66...67 as ClosedRange<UInt64>).map { held.sends(gapParcel($0, spans: 1)) }
    #expect(isSent == [true, false])
    held.accepted(gapParcel(66, spans: 1), at: now)
    let isSentNow = held.sends(gapParcel(67, spans: 1))
    #expect(isSentNow)
  }

  @Test(
    "At the second break, or silence, one that can be divided is divided; one that cannot waits",
    arguments: [true, false])
  func breaks(_ isSilence: Bool) {
    var held = HeldStreams()
    let now = Uptime(nanoseconds: 0)
    guard case .wait = held.brokeOff(at: gapParcel(1, spans: 2), isSilence: isSilence, at: now) else {
      Issue.record("divided at once")
      return
    }
    let second = held.brokeOff(at: gapParcel(1, spans: 2), isSilence: isSilence, at: now)
    #expect(second == .divide)
    for _ in 1...9 {
      guard case .wait = held.brokeOff(at: gapParcel(2, spans: 1), isSilence: isSilence, at: now) else {
        Issue.record("given up")
        return
      }
    }
    #expect(held.holds(gapParcel(2, spans: 1)))
  }

  @Test("Others of the events do not join those that wait by themselves")
  func noJoin() {
    var held = HeldStreams()
    let now = Uptime(nanoseconds: 0)
    _ = held.refused(gapParcel(1, spans: 1), wasProbe: false, at: now)
    _ = held.denied(parcel(2, sensor: Event.stream), wasProbe: false, at: now)
    for _ in 1...4 { _ = held.brokeOff(at: parcel(3, sensor: Event.stream), isSilence: false, at: now) }
    held.wake(at: now + .seconds(60))
    let isSent = held.sends(gapParcel(1, spans: 1))
    #expect(isSent)
    held.accepted(gapParcel(1, spans: 1), at: now)
    #expect(held.holds(parcel(3, sensor: Event.stream)))
  }
}
