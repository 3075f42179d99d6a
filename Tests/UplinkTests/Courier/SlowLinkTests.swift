import Telemetry
import Testing

@testable import Uplink

@Suite("A link that is slow, and not dead")
struct SlowLinkTests {
  /// The answers to twenty messages, one every three seconds. Returns how many came before the connection was given up.
  private func answers(_ order: [UInt64]) -> Int {
    var story = Story(inFlight: 20)
    story.connect()
    _ = story.on(.greeted)
    _ = story.on(.fetched(parcels(1...20), ticket: story.courier.connections))
    for (count, number) in order.enumerated() {
      story.wait(.seconds(3))
      if let deadline = story.courier.deadline, deadline <= story.now, story.on(.timer).contains(.abandon) {
        return count
      }
      _ = story.accept(number)
    }
    return order.count
  }

  @Test("An answer every three seconds keeps the connection, however many messages wait for theirs")
  func slow() {
    #expect(answers(Array(1...20)) == 20)
    // A broker may answer in another order.
    #expect(answers(stride(from: 2, through: 20, by: 2).flatMap { [$0, $0 - 1] }) == 20)
  }

  @Test("One message that is never answered ends the connection, though all that were sent later are")
  func skipped() { #expect((3...12).contains(answers(Array(2...20)))) }

  @Test("When nothing more is answered, the connection ends after the time for one acknowledgement")
  func silent() {
    var story = Story(inFlight: 20)
    story.connect()
    _ = story.on(.fetched(parcels(1...20), ticket: story.courier.connections))
    story.wait(.seconds(6))
    _ = story.accept(1)
    #expect(story.courier.deadline == story.now + .seconds(8))
    #expect(story.deadline().contains(.abandon))
  }
}
