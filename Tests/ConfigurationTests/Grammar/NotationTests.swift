import Telemetry
import Testing

@testable import Configuration

@Suite("Durations, sizes and broker URLs") struct NotationTests {
  @Test(
    "A duration is a whole number with a unit",
    arguments: [
      ("0ms", Int64(0)), ("250ms", 250), ("10s", 10_000), ("5m", 300_000), ("2h", 7_200_000), ("1d", 86_400_000),
      ("007s", 7_000),
    ])
  func duration(text: String, milliseconds: Int64) {
    #expect(UnitNotation.duration.parse(text) == .value(milliseconds))
  }

  @Test(
    "A duration that is none says what was meant",
    arguments: [
      ("10", "10 has no unit; did you mean \"10s\"?"),
      ("10 ", "10 has no unit; did you mean \"10s\"?"),
      ("10sec", "\"10sec\": unknown unit \"sec\"; did you mean \"10s\"?"),
      ("5min", "\"5min\": unknown unit \"min\"; did you mean \"5m\"?"),
      ("10 s", "\"10 s\": unknown unit \" s\"; did you mean \"10s\"?"),
      ("3weeks", "\"3weeks\": unknown unit \"weeks\"; known are ms, s, m, h, d"),
      ("1.5s", "must be a whole number with a unit: a duration such as 10s or 5m, not \"1.5s\""),
      ("1,5s", "must be a whole number with a unit: a duration such as 10s or 5m, not \"1,5s\""),
      ("-1s", "must be a duration such as 10s or 5m, not \"-1s\""),
      ("", "must be a duration such as 10s or 5m, not \"\""),
      ("soon", "must be a duration such as 10s or 5m, not \"soon\""),
      ("٣s", "must be a duration such as 10s or 5m, not \"٣s\""),
      ("9223372036854775807s", "9223372036854775807s is too large"),
      ("9223372036854775808ms", "9223372036854775808 is too large"),
    ])
  func wrongDuration(text: String, reason: String) {
    #expect(UnitNotation.duration.parse(text) == .mistake(reason))
  }

  @Test("A size is a whole number of binary units", arguments: [("1KiB", Int64(1_024)), ("64MiB", 67_108_864)])
  func size(text: String, bytes: Int64) {
    #expect(UnitNotation.size.parse(text) == .value(bytes))
  }

  @Test(
    "A size that is none says what was meant",
    arguments: [
      ("64", "64 has no unit; did you mean \"64MiB\"?"),
      ("64MB", "\"64MB\": unknown unit \"MB\"; did you mean \"64MiB\"?"),
      ("1g", "\"1g\": unknown unit \"g\"; did you mean \"1GiB\"?"),
      ("64Mib", "\"64Mib\": unknown unit \"Mib\"; did you mean \"64MiB\"?"),
      ("64bytes", "\"64bytes\": unknown unit \"bytes\"; known are KiB, MiB, GiB"),
      ("0.5GiB", "must be a whole number with a unit: a size such as 64MiB, not \"0.5GiB\""),
      ("9223372036854775807GiB", "9223372036854775807GiB is too large"),
    ])
  func wrongSize(text: String, reason: String) {
    #expect(UnitNotation.size.parse(text) == .mistake(reason))
  }

  @Test(
    "An amount is shown in the largest unit that divides it",
    arguments: [(Int64(0), "0ms"), (1, "1ms"), (90_000, "90s"), (300_000, "5m"), (86_400_000, "1d")])
  func text(milliseconds: Int64, shown: String) {
    #expect(UnitScale.durations.text(milliseconds) == shown)
  }

  @Test("A number of pages is not repeated in the message") func longAmount() throws {
    for text in [String(repeating: "9", count: 5_000), "1" + String(repeating: "x", count: 5_000)] {
      guard case .mistake(let reason) = UnitNotation.duration.parse(text) else {
        Issue.record("accepted")
        continue
      }
      #expect(reason.count < 300)
    }
  }

  @Test(
    "A broker's URL gives host, port and whether it is encrypted",
    arguments: [
      ("mqtt://broker", "broker", UInt16(1_883), false), ("mqtts://broker", "broker", 8_883, true),
      ("mqtt://broker/", "broker", 1_883, false), ("mqtts://10.0.0.1:443", "10.0.0.1", 443, true),
      ("mqtt://[::1]", "::1", 1_883, false), ("mqtts://[fe80::1%eth0]:65535", "fe80::1%eth0", 65_535, true),
      ("mqtt://my_box.local:1", "my_box.local", 1, false), ("MQTT://broker", "broker", 1_883, false),
      ("Mqtts://broker", "broker", 8_883, true),
    ])
  func url(text: String, host: String, port: UInt16, isEncrypted: Bool) throws {
    guard case .url(let url) = BrokerURL.parse(text) else {
      Issue.record("refused: \(BrokerURL.parse(text))")
      return
    }
    #expect(url.address == BrokerAddress(host: host, port: port))
    #expect(url.isEncrypted == isEncrypted)
  }

  static let form = "must be mqtt://HOST[:PORT] or mqtts://HOST[:PORT]"

  @Test(
    "A broker's URL that is none says why",
    arguments: [
      ("broker", form), ("broker:1883", form), ("", form), ("mqtt:broker", form), ("mqtt:/broker", form),
      ("//broker", form), ("mqtt://[::1", form), ("mqtt://[::1]1883", form),
      ("gopher://broker", form + "; the protocol \"gopher\" is not known"),
      ("mqtt://broker/path", form + ", without a path"), ("mqtt://broker//", form + ", without a path"),
      ("mqtt://", "\"\" is not a host name or an address"), ("mqtt://:1883", "\"\" is not a host name or an address"),
      ("mqtt://a b", "\"a b\" is not a host name or an address"),
      ("mqtt://bröker", "\"bröker\" is not a host name or an address"),
      ("mqtt://broker:", "\"\" is not a port: 1 to 65535"), ("mqtt://broker:0", "\"0\" is not a port: 1 to 65535"),
      ("mqtt://broker:65536", "\"65536\" is not a port: 1 to 65535"),
      ("mqtt://broker:-1", "\"-1\" is not a port: 1 to 65535"),
      ("mqtt://broker:+1", "\"+1\" is not a port: 1 to 65535"),
      ("mqtt://broker:mqtt", "what stands behind the colon is not a port: 1 to 65535"),
      ("mqtt://::1", "an IPv6 address stands in brackets: mqtt://[ADDRESS]:PORT"),
      ("mqtt://joe@broker", "must not contain a user name or password; they have keys of their own beside broker"),
      (
        "mqtt://joe:hunter2@broker",
        "must not contain a user name or password; they have keys of their own beside broker"
      ),
    ])
  func wrongURL(text: String, reason: String) {
    #expect(BrokerURL.parse(text) == .mistake(reason))
  }

  @Test(
    "What other programs write for MQTT is answered by what to write here",
    arguments: [
      ("tcp", "write mqtt://"), ("TCP", "write mqtt://"), ("mqtt+tcp", "write mqtt://"), ("mqtt5", "write mqtt://"),
      ("ssl", "write mqtts://"), ("tls", "write mqtts://"), ("mqtt+ssl", "write mqtts://"),
      ("mqtt+tls", "write mqtts://"),
      ("SSL", "write mqtts://"), ("mqtts+tcp", "write mqtts://"), ("ws", "the broker's port for MQTT"),
      ("wss", "the broker's port for MQTT"), ("http", "the broker's port for MQTT"),
      ("https", "the broker's port for MQTT"), ("mqtt+ws", "the broker's port for MQTT"),
      ("wss+mqtt", "the broker's port for MQTT"),
    ])
  func otherSchemes(scheme: String, advice: String) {
    guard case .mistake(let reason) = BrokerURL.parse("\(scheme)://broker:1883") else {
      Issue.record("accepted")
      return
    }
    #expect(reason.hasPrefix(Self.form), "\(reason)")
    #expect(reason.contains(advice), "\(reason)")
    #expect(!reason.contains("not known"), "\(reason)")
  }

  @Test(
    "A password in a URL is in no message, wherever else the URL is wrong",
    arguments: [
      "mqtt://joe:hunter2@broker/path", "http://joe:hunter2@broker", "joe:hunter2@broker", "mqtt:joe:hunter2@broker",
      "mqtt://joe:hunter2@", "mqtt://joe:hun/ter2@broker", "joe:hunter2@mqtt://broker", "mqtt://joe:hunter2%40broker",
    ])
  func passwordInURL(text: String) {
    for rendering in renderings(file(broker: "\"\(text)\"")) { #expect(!rendering.contains("hunter2")) }
    let override = failure(file(), environment: ["FIELDPOST_BROKER": text])?.rendered(inColour: false) ?? "accepted"
    #expect(!override.contains("hunter2"), "\(override)")
  }
}

/// Everything that the text can make the loader say, in both styles.
func renderings(_ text: String) -> [String] {
  guard let error = failure(text) else { return [] }
  return [error.rendered(inColour: false), error.rendered(inColour: true)]
}
