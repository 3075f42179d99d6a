import Telemetry
import Testing

@testable import Gateway
@testable import Uplink

@Suite struct UplinkHistoryTests {
  private func stamp(_ seconds: Int64) -> Stamp {
    Stamp(
      boot: BootID(1), uptime: Uptime(nanoseconds: seconds * 1_000_000_000), wall: WallTime(nanoseconds: 0),
      synced: true)
  }

  private let refused = CourierNote.Cause.failure(LinkFailure(.broken, "Connection refused"))

  @Test("From the start over failures to a connection, its loss, and the next one")
  func story() {
    var history = UplinkHistory(startedAt: stamp(0))
    #expect(history.state(at: stamp(1).uptime) == .connecting)
    #expect(history.connections == 0)
    history.heard(.couldNotConnect(refused, broker: 0, retryIn: .seconds(4)), at: stamp(2))
    #expect(history.state(at: stamp(3).uptime) == .waiting(until: stamp(6).uptime))
    #expect(history.state(at: stamp(6).uptime) == .connecting)
    #expect(history.since == stamp(0))
    #expect(history.lastError?.text == "Connection refused")
    history.heard(.connected(broker: 1), at: stamp(7))
    #expect(history.state(at: stamp(7).uptime) == .connected)
    #expect(history.since == stamp(7))
    #expect(history.broker == 1)
    #expect(history.lastError?.at == stamp(2), "the error stays for who asks later")
    history.heard(
      .lostConnection(.noAcknowledgement(after: .seconds(8)), broker: 1, inFlight: 3, retryIn: .seconds(1)),
      at: stamp(20))
    #expect(!history.isConnected)
    #expect(history.since == stamp(20))
    #expect(history.state(at: stamp(20).uptime) == .waiting(until: stamp(21).uptime))
    history.heard(.connected(broker: 0), at: stamp(22))
    #expect(history.connections == 2)
    #expect(history.broker == 0)
  }

  @Test("A connection that was ended to come back at once is no error")
  func planned() {
    let failure = LinkFailure(.planned, "a certificate was replaced")
    var history = UplinkHistory(startedAt: stamp(0))
    history.heard(.connected(broker: 0), at: stamp(1))
    history.heard(.lostConnection(.failure(failure), broker: 0, inFlight: 0, retryIn: .seconds(1)), at: stamp(2))
    #expect(history.lastError == nil)
    #expect(!history.isConnected)
  }

  @Test("Connections that end soon after their start are told of until one has lasted")
  func flaps() {
    var history = UplinkHistory(startedAt: stamp(0))
    #expect(history.flaps(at: stamp(0).uptime) == nil)
    history.heard(.connected(broker: 0), at: stamp(1))
    history.heard(.lostConnection(refused, broker: 0, inFlight: 0, retryIn: .seconds(1)), at: stamp(3))
    history.heard(.flapping(connections: 5, within: .seconds(34)), at: stamp(3))
    #expect(history.flaps(at: stamp(3).uptime)?.connections == 5)
    history.heard(.connected(broker: 0), at: stamp(4))
    #expect(history.flaps(at: stamp(37).uptime) != nil)
    #expect(history.flaps(at: stamp(38).uptime) == nil)
    history.heard(.lostConnection(refused, broker: 0, inFlight: 0, retryIn: .seconds(1)), at: stamp(100))
    #expect(history.flaps(at: stamp(101).uptime) == nil)
  }

  @Test("After a change of its settings it is not connected, and begins with the first broker")
  func replaced() {
    var history = UplinkHistory(startedAt: stamp(0))
    history.heard(.connected(broker: 1), at: stamp(1))
    history.replaced(at: stamp(5))
    #expect(history.state(at: stamp(5).uptime) == .connecting)
    #expect(history.since == stamp(5))
    #expect(history.broker == 0)
    history.heard(.couldNotConnect(refused, broker: 1, retryIn: .seconds(4)), at: stamp(6))
    history.replaced(at: stamp(7))
    #expect(history.state(at: stamp(7).uptime) == .connecting)
    #expect(history.since == stamp(5))
  }

  @Test("What the broker says no to leaves the connection as it is, and what it never takes is counted")
  func refusals() {
    var history = UplinkHistory(startedAt: stamp(0))
    history.heard(.connected(broker: 0), at: stamp(1))
    let never = CourierNote.Refused(
      stream: "hall", refusal: Refusal(.tooLarge, code: .init(0x95, text: "0x95"), meaning: "packet too large"))
    history.heard(.denied(never, retryIn: .seconds(60)), at: stamp(2))
    #expect(history.deadLetters == 0)
    history.heard(.rejected(never), at: stamp(3))
    #expect(history.deadLetters == 1)
    #expect(history.isConnected)
    #expect(history.since == stamp(1))
    #expect(history.lastError?.text == "the broker refused a message of hall: packet too large (reason 0x95)")
  }
}
