import Telemetry
import Testing
import Uplink

@testable import MQTT

@Suite("What the broker cannot do")
struct ProtocolFallbackTests {
  private let start = Uptime(nanoseconds: 0)
  private let noVersion5 = MosquittoFailure.broker(reason: 0x84, meaning: "unsupported protocol version")
  private let notAllowed = MosquittoFailure.broker(reason: 0x87, meaning: "not authorized")

  private func fallback() -> ProtocolFallback {
    var options = MosquittoOptions(
      brokers: [.init(host: "broker", port: 1883)], clientID: "c", version: .v5, qos: 1, keepAlive: .seconds(30),
      silence: .seconds(8), username: nil, password: nil, tls: nil)
    options.willQoS = 2
    return ProtocolFallback(options)
  }

  @Test("A broker without MQTT 5 is spoken to in 3.1.1 for an hour, and asked again at the next connection")
  func older() {
    var fallback = fallback()
    fallback.connecting(at: start)
    #expect(fallback.failed(noVersion5, at: start) != nil)
    #expect(fallback.options.version == .v311)
    fallback.welcomed()
    fallback.connecting(at: start + .seconds(3_599))
    #expect(fallback.options.version == .v311)
    // A refusal then is no reason to think again.
    #expect(fallback.failed(notAllowed, at: start + .seconds(3_599)) == nil)
    #expect(fallback.options.version == .v311)
    fallback.connecting(at: start + .seconds(3_600))
    #expect(fallback.options.version == .v5)
  }

  @Test("When 3.1.1 does not help either, MQTT 5 is tried again at once")
  func neither() {
    var fallback = fallback()
    _ = fallback.failed(noVersion5, at: start)
    #expect(fallback.failed(noVersion5, at: start) == nil)
    #expect(fallback.options.version == .v5)
  }

  @Test("A broker that twice says nothing to MQTT 5 is tried in 3.1.1; one that says something is not")
  func ignored() {
    var fallback = fallback()
    #expect(fallback.wasIgnored(.closed, at: start) == nil)
    #expect(fallback.options.version == .v5)
    _ = fallback.failed(notAllowed, at: start)
    #expect(fallback.wasIgnored(.mute, at: start) == nil)
    #expect(fallback.options.version == .v5)
    #expect(fallback.wasIgnored(.mute, at: start) != nil)
    #expect(fallback.options.version == .v311)
    // Neither does that help: it may be the network.
    #expect(fallback.wasIgnored(.mute, at: start) == nil)
    #expect(fallback.options.version == .v5)
    #expect(fallback.wasIgnored(.closed, at: start) == nil)
  }

  @Test("What nobody has said is tried anew after an hour, though the connection stands, and then less and less often")
  func guess() {
    var (fallback, now) = (fallback(), start)
    for _ in 1...2 { _ = fallback.wasIgnored(.closed, at: now) }
    fallback.welcomed()
    var hours: [Int64] = []
    for _ in 1...7 {
      let begin = now
      while !fallback.isPast(at: now) { now = now + .seconds(3_600) }
      hours.append((now - begin).nanoseconds / 3_600_000_000_000)
      fallback.connecting(at: now)
      #expect(fallback.options.version == .v5)
      // One attempt is enough now.
      #expect(fallback.wasIgnored(.closed, at: now) != nil)
      #expect(fallback.options.version == .v311)
      fallback.welcomed()
    }
    #expect(hours == [1, 2, 4, 8, 16, 24, 24])
    now = now + .seconds(86_400)
    fallback.connecting(at: now)
    fallback.welcomed()
    #expect(fallback.options.version == .v5)
    #expect(!fallback.isPast(at: now + .seconds(86_400)))
    #expect(fallback.wasIgnored(.closed, at: now) == nil)
  }

  @Test("What the broker itself has said is not tried anew while the connection stands")
  func told() {
    var fallback = fallback()
    _ = fallback.failed(noVersion5, at: start)
    fallback.welcomed()
    #expect(!fallback.isPast(at: start + .seconds(86_400)))
  }

  @Test("A broker that cannot do QoS 2 is not asked for it again")
  func qos() {
    var fallback = fallback()
    _ = fallback.answeredAsQoS1()
    _ = fallback.failed(noVersion5, at: start)
    fallback.connecting(at: start + .seconds(4_000))
    #expect(fallback.options.qos == 1)
    #expect(fallback.options.version == .v5)
  }

  @Test("Of a last will only what the broker does not take is left out")
  func will() {
    var fallback = fallback()
    for qos in [1, 0] as [Int32] {
      #expect(fallback.failed(.broker(reason: 0x9B, meaning: "QoS"), at: start) != nil)
      #expect(fallback.options.willQoS == qos)
      #expect(fallback.options.willIsRetained)
    }
    #expect(fallback.failed(.broker(reason: 0x9A, meaning: "retain"), at: start) != nil)
    #expect(!fallback.options.willIsRetained)
    #expect(fallback.options.version == .v5)
    #expect(fallback.failed(.broker(reason: 0x9A, meaning: "retain"), at: start) == nil)
    #expect(fallback.options.willIsRetained)
  }

  @Test("Whatever else is said leaves everything as it is")
  func others() {
    var fallback = fallback()
    for reason in 0x80...0xA2 as ClosedRange<Int32> where ![0x84, 0x9A, 0x9B].contains(reason) {
      #expect(fallback.failed(.broker(reason: reason, meaning: "?"), at: start) == nil)
      #expect(fallback.options.version == .v5, "\(reason)")
      #expect(fallback.options.willQoS == 2, "\(reason)")
    }
  }
}
