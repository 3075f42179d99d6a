import Configuration
import Drivers
import Testing

@testable import Schema

@Suite("Regular expressions of the schema") struct PatternTests {
  @Test(
    "A range of numbers matches the numbers in it and no others",
    arguments: [(0, 0), (0, 9), (5, 65_535), (1, 1_000), (7, 7), (99, 101), (10, 10_000), (123, 4_567), (0, 70_000)])
  func integers(low: Int64, high: Int64) throws {
    let pattern = try Regex("(\(IntegerPattern.pattern(low, high)))")
    var wrong: [Int64] = []
    for number in 0...max(high + 1_000, low * 2) {
      let matches = "\(number)".wholeMatch(of: pattern) != nil
      if matches != (low...high).contains(number) { wrong.append(number) }
    }
    #expect(wrong == [], "\(IntegerPattern.pattern(low, high))")
  }

  private func matches(_ text: String, _ pattern: String) throws -> Bool {
    try text.firstMatch(of: Regex(pattern)) != nil
  }

  @Test(
    "A duration matches in every unit that it can have within its range",
    arguments: [
      ("5s", true), ("4s", false), ("4999ms", false), ("5000ms", true), ("65535s", true), ("65536s", false),
      ("18h", true), ("19h", false), ("1d", false), ("007s", true), ("30", false), ("30 s", false), ("5.5s", false),
      ("-5s", false), ("", false), ("off", false),
    ])
  func durations(text: String, isRight: Bool) throws {
    let pattern = AmountPattern.durations(.seconds(5)...(.seconds(65_535)))
    #expect(try matches(text, pattern) == isRight, "\(pattern)")
  }

  @Test("A word may stand in place of a duration") func word() throws {
    let pattern = AmountPattern.durations(.seconds(60)...(.seconds(3_600)), or: "off")
    #expect(try ["off", "1h", "60s"].allSatisfy { try matches($0, pattern) })
    #expect(try !["of", "offs", "59s"].contains { try matches($0, pattern) })
  }

  @Test(
    "A size matches within its range",
    arguments: [
      ("1MiB", true), ("1023KiB", false), ("1024KiB", true), ("64GiB", true), ("65GiB", false), ("64MB", false),
    ])
  func sizes(text: String, isRight: Bool) throws {
    let pattern = AmountPattern.sizes(ByteCount(mebibytes: 1)...ByteCount(mebibytes: 64 << 10))
    #expect(try matches(text, pattern) == isRight, "\(pattern)")
  }

  private static let texts = [
    "a", "cold-store.7_x", "a b", "ä", "/", "/run/x", "/run/x/", "/x.prom", ".prom", "x.prom", "run/x", "i2c-1",
    "i2c-01", "i2c-65535", "i2c-65536", "i2c-1/mux@0x70/3", "i2c-1/mux@0x78/3", "i2c-1/mux@0x70/8", "i2c-",
    String(repeating: "n", count: 64), String(repeating: "n", count: 65), "/" + String(repeating: "p", count: 102),
    "/" + String(repeating: "p", count: 103),
  ]

  @Test(
    "A text that follows a form's rule matches its pattern, and no other does",
    arguments: [.name, .directory, .logFile, .metricsFile, .socket, .adapter, .bus, .deviceID] as [TextForm])
  func forms(form: TextForm) throws {
    let pattern = try #require(form.pattern)
    for text in Self.texts where form != .deviceID || text.count < 65 {
      let isShort = form.longest.map { text.utf8.count <= $0 } ?? true
      #expect(try (matches(text, pattern) && isShort) == form.isRight(text), "\(form): \(text)")
    }
  }

  @Test(
    "A broker's address matches as the daemon reads it",
    arguments: [
      "mqtt://a", "mqtts://broker.example.com:8883", "MQTT://a/", "mqtt://[::1]:1883", "mqtt://[fe80::1%eth0]",
      "mqtt://a:0", "mqtt://a:65535", "mqtt://a:65536", "http://a", "mqtt://a/path", "mqtt://u:p@a", "mqtt://",
      "mqtt://::1", "a", "mqtt://a:x", "mqtt://a%40b", "ws://a",
    ])
  func brokers(text: String) throws {
    var isRight = false
    do throws(OptionMistake) {
      _ = try BrokerOptions(url: text).settings(clientID: "c")
      isRight = true
    } catch {}
    #expect(try matches(text, #require(TextForm.brokerURL.pattern)) == isRight)
  }

  @Test("Every name that means one driver is matched by that driver's pattern alone") func drivers() throws {
    let patterns = try Catalog.chips.map { try ($0, Regex(DriverNames.pattern(of: $0))) }
    for word in Catalog.chips.flatMap({ [$0.name] + $0.parts }) {
      for written in [word, word.lowercased(), word.uppercased(), String(word.prefix { $0 != "(" }.dropLast())] {
        let meant = Catalog.chips.called(written)
        let matched = patterns.filter { written.firstMatch(of: $0.1) != nil }.map(\.0)
        #expect(matched == (meant.count == 1 ? meant : []), "\(written)")
      }
    }
  }
}
