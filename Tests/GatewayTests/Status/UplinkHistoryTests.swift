import Telemetry
import Testing

@testable import Gateway
@testable import Uplink

@Suite struct UplinkBookTests {
  private func stamp(_ seconds: Int64) -> Stamp {
    Stamp(
      boot: BootID(1), uptime: Uptime(nanoseconds: seconds * 1_000_000_000), wall: WallTime(nanoseconds: 0),
      synced: true)
  }

  private let refused = CourierNote.Cause.failure(LinkFailure(.broken, "Connection refused"))

  @Test("From the start over failures to a connection, its loss, and the next one")
  func story() {
    var book = UplinkHistory(startedAt: stamp(0))
    #expect(book.state(at: stamp(1).uptime) == .connecting && book.connections == 0)
    book.heard(.couldNotConnect(refused, broker: 0, retryIn: .seconds(4)), at: stamp(2))
    #expect(book.state(at: stamp(3).uptime) == .waiting(until: stamp(6).uptime))
    #expect(book.state(at: stamp(6).uptime) == .connecting)
    #expect(book.since == stamp(0) && book.lastError?.text == "Connection refused")
    book.heard(.connected(broker: 1), at: stamp(7))
    #expect(book.state(at: stamp(7).uptime) == .connected && book.since == stamp(7) && book.broker == 1)
    #expect(book.lastError?.at == stamp(2), "the error stays for who asks later")
    book.heard(
      .lostConnection(.noAcknowledgement(after: .seconds(8)), broker: 1, inFlight: 3, retryIn: .seconds(1)),
      at: stamp(20))
    #expect(!book.isConnected && book.since == stamp(20))
    #expect(book.state(at: stamp(20).uptime) == .waiting(until: stamp(21).uptime))
    book.heard(.connected(broker: 0), at: stamp(22))
    #expect(book.connections == 2 && book.broker == 0)
  }

  @Test("A connection that was ended to come back at once is no error")
  func planned() {
    let failure = LinkFailure(.planned, "a certificate was replaced")
    var book = UplinkHistory(startedAt: stamp(0))
    book.heard(.connected(broker: 0), at: stamp(1))
    book.heard(.lostConnection(.failure(failure), broker: 0, inFlight: 0, retryIn: .seconds(1)), at: stamp(2))
    #expect(book.lastError == nil && !book.isConnected)
  }

  @Test("Connections that end soon after their start are told of until one has lasted")
  func flaps() {
    var book = UplinkHistory(startedAt: stamp(0))
    #expect(book.flaps(at: stamp(0).uptime) == nil)
    book.heard(.connected(broker: 0), at: stamp(1))
    book.heard(.lostConnection(refused, broker: 0, inFlight: 0, retryIn: .seconds(1)), at: stamp(3))
    book.heard(.flapping(connections: 5, within: .seconds(34)), at: stamp(3))
    #expect(book.flaps(at: stamp(3).uptime)?.connections == 5)
    book.heard(.connected(broker: 0), at: stamp(4))
    #expect(book.flaps(at: stamp(37).uptime) != nil && book.flaps(at: stamp(38).uptime) == nil)
    book.heard(.lostConnection(refused, broker: 0, inFlight: 0, retryIn: .seconds(1)), at: stamp(100))
    #expect(book.flaps(at: stamp(101).uptime) == nil)
  }

  @Test("After a change of its settings it is not connected, and begins with the first broker")
  func replaced() {
    var book = UplinkHistory(startedAt: stamp(0))
    book.heard(.connected(broker: 1), at: stamp(1))
    book.replaced(at: stamp(5))
    #expect(book.state(at: stamp(5).uptime) == .connecting && book.since == stamp(5) && book.broker == 0)
    book.heard(.couldNotConnect(refused, broker: 1, retryIn: .seconds(4)), at: stamp(6))
    book.replaced(at: stamp(7))
    #expect(book.state(at: stamp(7).uptime) == .connecting && book.since == stamp(5))
  }

  @Test("What the broker says no to leaves the connection as it is, and what it never takes is counted")
  func refusals() {
    var book = UplinkHistory(startedAt: stamp(0))
    book.heard(.connected(broker: 0), at: stamp(1))
    let never = CourierNote.Refused(
      stream: "hall", refusal: Refusal(.tooLarge, code: .init(0x95, text: "0x95"), meaning: "packet too large"))
    book.heard(.denied(never, retryIn: .seconds(60)), at: stamp(2))
    #expect(book.deadLetters == 0)
    book.heard(.rejected(never), at: stamp(3))
    #expect(book.deadLetters == 1 && book.isConnected && book.since == stamp(1))
    #expect(book.lastError?.text == "the broker refused a message of hall: packet too large (reason 0x95)")
  }
}
