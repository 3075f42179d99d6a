import Messages
import Scheduling
import TestSupport
import Testing
import Uplink

@testable import MQTT

/// The conclusions that the owners of a link draw from its end.
@Suite("How connections end")
struct LinkEndTests {
  private let refused = MosquittoFailure.library(operation: "connect to ::1", code: 14, detail: "Connection refused")
  private let closed = MosquittoFailure.library(operation: "read", code: 7, detail: "closed")

  private func end(
    _ failure: MosquittoFailure, _ phase: LinkPhase, _ silence: LinkEnd.Silence? = nil, hadPuback: Bool = false,
    addresses: Int = 1
  ) -> LinkEnd {
    LinkEnd(failure: failure, phase: phase, silence: silence, hadPuback: hadPuback, addresses: addresses)
  }

  /// The failures that a subscriber reports.
  private func failures(_ events: [LinkEvent]) -> [LinkFailure] {
    let (loop, reports) = (ManualLoop(), Reports<SubscriberEvent>())
    let subscriber = MosquittoSubscriber(
      .test(), Subscription(filter: "#", keptFor: nil), loop: loop, tell: reports.add)
    for event in events { subscriber.assumeIsolated { $0.handle(event) } }
    return reports.events.compactMap { if case .failed(let failure) = $0 { failure } else { nil } }
  }

  @Test("A subscriber that cannot reach one address of a broker asks for an attempt at the next, but at none twice")
  func addresses() {
    let dialled = end(refused, .dialling, addresses: 3)
    let failures = failures([.ended(dialled), .ended(dialled), .ended(dialled)])
    #expect(failures.map(\.kind) == [.adapted, .adapted, .broken])
    #expect(failures.first.map { "\($0)" }?.contains("Connection refused (code 14); the next address is tried") == true)
  }

  @Test("A broker with one address is not asked again")
  func oneAddress() { #expect(failures([.ended(end(refused, .dialling))]).map(\.kind) == [.broken]) }

  @Test("Once connected, each address that cannot be reached is a failure, and the caller tries again")
  func addressesLater() {
    let events: [LinkEvent] = [.connected(Connack()), .ended(end(refused, .dialling, addresses: 2))]
    #expect(failures(events).map(\.kind) == [.broken])
  }

  @Test("A subscriber asks for another attempt when the broker ignores MQTT 5, and gives up when it ignores 3.1.1 too")
  func ignored() {
    for silence in [LinkEnd.Silence.closed, .mute] {
      let ignored = end(closed, .handshaking, silence)
      #expect(
        failures([.ended(ignored), .ended(ignored), .ended(ignored)]).map(\.kind) == [.adapted, .adapted, .broken])
    }
    #expect(failures([.ended(end(closed, .handshaking))]).map(\.kind) == [.broken], "something has answered")
  }

  @Test("Only an error of the protocol after a PUBACK, while QoS 2 is used, leads to QoS 1")
  func puback() {
    let wrong = MosquittoFailure.library(operation: "read", code: 2, detail: "protocol error")
    let cases: [(qos: Int32, LinkEnd, LinkFailure.Kind)] = [
      (2, end(wrong, .up, hadPuback: true), .adapted), (2, end(wrong, .up), .broken),
      (1, end(wrong, .up, hadPuback: true), .broken), (2, end(closed, .up, hadPuback: true), .broken),
    ]
    for (qos, end, kind) in cases {
      let (loop, reports) = (ManualLoop(), Reports<TransportEvent>())
      let topics = TopicBook(prefix: "fp", device: "box", reading: "r", state: "s", event: "e", commands: nil)
      let transport = MosquittoTransport(
        .test(qos: qos), topics, describes: false, loop: loop, will: { Message(to: .state, payload: []) },
        tell: reports.add)
      transport.assumeIsolated { $0.handle(.ended(end)) }
      let kinds = reports.events.map { (event) -> LinkFailure.Kind? in
        if case .failed(let failure) = event { failure.kind } else { nil }
      }
      #expect(kinds == [kind], "QoS \(qos): \(end)")
    }
  }
}
