import Linux
import Messages
import Scheduling
import Testing
import Uplink

@testable import MQTT

@Suite("Saying goodbye")
struct GoodbyeTests {
  /// DISCONNECT with reason 0 (MQTT 5.0, 3.14).
  private static let disconnect: [UInt8] = [0xE0, 0]

  private func expectEnd(_ broker: SilentBroker) {
    guard case .end(let bytes) = broker.outcome else {
      Issue.record("the connection was reset: what the kernel had not yet sent was lost")
      return
    }
    #expect(bytes.suffix(2) == Self.disconnect)
  }

  @Test(
    "A publisher's goodbye arrives, and ends the connection without a reset, though the broker's last message is unread"
  )
  func publisher() {
    let (broker, loop, reports) = (SilentBroker(), EventLoop(name: "link"), Reports<TransportEvent>())
    let topics = TopicBook(prefix: "fp", device: "box", reading: "r", state: "s", event: "e", commands: nil)
    let transport = MosquittoTransport(
      .test(port: broker.port), topics, describes: false, loop: loop,
      will: { Message(to: .state, payload: [1]) }, tell: reports.add)
    loop.start()
    transport.post { $0.connect(broker: 0) }
    #expect(reports.has { if case .connected = $0 { true } else { false } })
    // In one turn of the loop, so that nothing can read in between.
    transport.post {
      broker.send()
      $0.disconnect()
    }
    expectEnd(broker)
    #expect(reports.has { if case .failed(let failure) = $0 { failure.kind == .closed } else { false } })
    loop.stop()
  }

  @Test("So does a subscriber's")
  func subscriber() {
    let (broker, loop, reports) = (SilentBroker(), EventLoop(name: "link"), Reports<SubscriberEvent>())
    let subscriber = MosquittoSubscriber(
      .test(port: broker.port), Subscription(filter: "#", keptFor: nil), loop: loop, tell: reports.add)
    loop.start()
    subscriber.post { $0.connect() }
    // The SUBSCRIBE is never answered.
    while !eventuallyUp(subscriber) {}
    subscriber.post {
      broker.send()
      $0.disconnect()
    }
    expectEnd(broker)
    #expect(reports.has { if case .failed(let failure) = $0 { failure.kind == .closed } else { false } })
    #expect(!reports.events.contains { if case .received = $0 { true } else { false } }, "it came after the goodbye")
    loop.stop()
  }

  private func eventuallyUp(_ subscriber: MosquittoSubscriber) -> Bool {
    let answer = Reports<Bool>()
    subscriber.post { answer.add($0.link.isUp) }
    return answer.has { _ in true } && answer.events == [true]
  }
}
