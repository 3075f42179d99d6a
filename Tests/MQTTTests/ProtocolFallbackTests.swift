import Telemetry
import Testing
import Uplink

@testable import MQTT

@Suite("What the broker cannot do")
struct AdaptationTests {
  private let start = Uptime(nanoseconds: 0)
  private let noVersion5 = MosquittoFailure.broker(reason: 0x84, meaning: "unsupported protocol version")
  private let notAllowed = MosquittoFailure.broker(reason: 0x87, meaning: "not authorized")

  private func adaptation() -> ProtocolFallback {
    var options = MosquittoOptions(
      brokers: [.init(host: "broker", port: 1883)], clientID: "c", version: .v5, qos: 1, keepAlive: .seconds(30),
      silence: .seconds(8), username: nil, password: nil, tls: nil)
    options.willQoS = 2
    return ProtocolFallback(options)
  }

  @Test("A broker without MQTT 5 is spoken to in 3.1.1 for an hour, and asked again at the next connection")
  func older() {
    var adaptation = adaptation()
    adaptation.connecting(at: start)
    #expect(adaptation.failed(noVersion5, at: start) != nil && adaptation.options.version == .v311)
    adaptation.welcomed()
    adaptation.connecting(at: start + .seconds(3_599))
    #expect(adaptation.options.version == .v311)
    // A refusal then is no reason to think again.
    #expect(adaptation.failed(notAllowed, at: start + .seconds(3_599)) == nil)
    #expect(adaptation.options.version == .v311)
    adaptation.connecting(at: start + .seconds(3_600))
    #expect(adaptation.options.version == .v5)
  }

  @Test("When 3.1.1 does not help either, MQTT 5 is tried again at once")
  func neither() {
    var adaptation = adaptation()
    _ = adaptation.failed(noVersion5, at: start)
    #expect(adaptation.failed(noVersion5, at: start) == nil && adaptation.options.version == .v5)
  }

  @Test("A broker that twice says nothing to MQTT 5 is tried in 3.1.1; one that says something is not")
  func ignored() {
    var adaptation = adaptation()
    #expect(adaptation.wasIgnored(wasClosed: true, at: start) == nil && adaptation.options.version == .v5)
    _ = adaptation.failed(notAllowed, at: start)
    #expect(adaptation.wasIgnored(wasClosed: false, at: start) == nil && adaptation.options.version == .v5)
    #expect(adaptation.wasIgnored(wasClosed: false, at: start) != nil && adaptation.options.version == .v311)
    // Neither does that help: it may be the network.
    #expect(adaptation.wasIgnored(wasClosed: false, at: start) == nil && adaptation.options.version == .v5)
    #expect(adaptation.wasIgnored(wasClosed: true, at: start) == nil)
  }

  @Test("What nobody has said is tried anew after an hour, though the connection stands, and then less and less often")
  func guess() {
    var (adaptation, now) = (adaptation(), start)
    for _ in 1...2 { _ = adaptation.wasIgnored(wasClosed: true, at: now) }
    adaptation.welcomed()
    var hours: [Int64] = []
    for _ in 1...7 {
      let begin = now
      while !adaptation.isPast(at: now) { now = now + .seconds(3_600) }
      hours.append((now - begin).nanoseconds / 3_600_000_000_000)
      adaptation.connecting(at: now)
      #expect(adaptation.options.version == .v5)
      // One attempt is enough now.
      #expect(adaptation.wasIgnored(wasClosed: true, at: now) != nil && adaptation.options.version == .v311)
      adaptation.welcomed()
    }
    #expect(hours == [1, 2, 4, 8, 16, 24, 24])
    now = now + .seconds(86_400)
    adaptation.connecting(at: now)
    adaptation.welcomed()
    #expect(adaptation.options.version == .v5 && !adaptation.isPast(at: now + .seconds(86_400)))
    #expect(adaptation.wasIgnored(wasClosed: true, at: now) == nil)
  }

  @Test("What the broker itself has said is not tried anew while the connection stands")
  func told() {
    var adaptation = adaptation()
    _ = adaptation.failed(noVersion5, at: start)
    adaptation.welcomed()
    #expect(!adaptation.isPast(at: start + .seconds(86_400)))
  }

  @Test("A broker that cannot do QoS 2 is not asked for it again")
  func qos() {
    var adaptation = adaptation()
    _ = adaptation.answeredAsQoS1()
    _ = adaptation.failed(noVersion5, at: start)
    adaptation.connecting(at: start + .seconds(4_000))
    #expect(adaptation.options.qos == 1 && adaptation.options.version == .v5)
  }

  @Test("Of a last will only what the broker does not take is left out")
  func will() {
    var adaptation = adaptation()
    for qos in [1, 0] as [Int32] {
      #expect(adaptation.failed(.broker(reason: 0x9B, meaning: "QoS"), at: start) != nil)
      #expect(adaptation.options.willQoS == qos && adaptation.options.willIsRetained)
    }
    #expect(adaptation.failed(.broker(reason: 0x9A, meaning: "retain"), at: start) != nil)
    #expect(!adaptation.options.willIsRetained && adaptation.options.version == .v5)
    #expect(adaptation.failed(.broker(reason: 0x9A, meaning: "retain"), at: start) == nil)
    #expect(adaptation.options.willIsRetained)
  }

  @Test("Whatever else is said leaves everything as it is")
  func others() {
    var adaptation = adaptation()
    for reason in 0x80...0xA2 as ClosedRange<Int32> where ![0x84, 0x9A, 0x9B].contains(reason) {
      #expect(adaptation.failed(.broker(reason: reason, meaning: "?"), at: start) == nil)
      #expect(adaptation.options.version == .v5 && adaptation.options.willQoS == 2, "\(reason)")
    }
  }
}
