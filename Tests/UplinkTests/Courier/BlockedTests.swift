import Telemetry
import Testing

@testable import Uplink

@Suite("A broker that takes nothing for now")
struct BlockedTests {
  private func blocked(_ story: inout Story) -> [Courier.Action] {
    story.on(.transport(.blocked("its memory is full")))
  }

  @Test("Nothing is sent, and no answer is overdue; when it takes messages again, they go on in order")
  func blocked() {
    var story = Story()
    story.connect()
    _ = story.on(.greeted)
    #expect(published(story.on(.fetched(parcels(1...6), ticket: 1))) == [1, 2, 3, 4])
    #expect(blocked(&story) == [.note(.blocked("its memory is full", broker: 0))])
    #expect(blocked(&story) == [], "told once")
    // Answers that were under way still count, and make no room.
    #expect(story.accept(1) == [.acknowledge(1)])
    story.wait(.seconds(3_600))
    #expect(story.on(.timer) == [])
    #expect(story.courier.isConnected)
    let actions = story.on(.transport(.unblocked))
    #expect(actions.first == .note(.unblocked(broker: 0)))
    #expect(published(actions) == [5])
    // Each answer gets its full time from then on.
    story.wait(.seconds(7))
    #expect(story.on(.timer) == [])
    story.wait(.seconds(1))
    #expect(story.on(.timer).first == .abandon)
  }

  @Test("A connection that ends while it is blocked blames no message")
  func ended() {
    var story = Story()
    for _ in 1...9 {
      story.connect()
      _ = story.on(.greeted)
      _ = story.on(.fetched(parcels(1...2), ticket: story.courier.connections))
      _ = blocked(&story)
      let notes = story.on(.transport(.failed(reset)))
      #expect(notes.allSatisfy { if case .note(.lostConnection) = $0 { true } else { false } }, "\(notes)")
      #expect(story.courier.poisonDetector.singly == 0)
    }
  }

  @Test("A new connection is not blocked")
  func anew() {
    var story = Story()
    story.connect()
    _ = blocked(&story)
    _ = story.on(.transport(.failed(reset)))
    story.connect()
    #expect(published(story.on(.fetched(parcels(1...1), ticket: 2))) == [1])
  }

  @Test("A stop does not wait for it for ever")
  func stop() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...6), ticket: 1))
    _ = blocked(&story)
    _ = story.on(.stop)
    #expect(story.deadline().suffix(2) == [.abandon, .finished])
  }

  @Test("A broker that has no place yet for what we publish is waited for, and told once for each reason")
  func unprepared() {
    var story = Story()
    _ = story.on(.start)
    #expect(story.on(.transport(.unprepared("no exchange"))) == [.note(.unprepared("no exchange", broker: 0))])
    #expect(story.on(.transport(.unprepared("no exchange"))) == [])
    #expect(story.courier.deadline == nil)
    #expect(!story.courier.isConnected)
    #expect(story.on(.linkUp) == [])
    #expect(story.on(.transport(.unprepared("no rights"))) == [.note(.unprepared("no rights", broker: 0))])
    let actions = story.on(.transport(.connected(Capabilities())))
    #expect(actions.contains(.note(.connected(broker: 0))))
  }

  @Test("An attempt that fails after that is one that failed; a stop ends it")
  func unpreparedFails() {
    var story = Story()
    _ = story.on(.start)
    _ = story.on(.transport(.unprepared("no exchange")))
    guard case .note(.couldNotConnect) = story.on(.transport(.failed(reset))).first else {
      Issue.record("not told")
      return
    }
    _ = story.deadline()
    _ = story.on(.transport(.unprepared("no exchange")))
    #expect(story.on(.stop) == [.abandon, .finished])
  }
}
