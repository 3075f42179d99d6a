import Testing

@testable import Configuration

@Suite("Mistakes in devices.yaml")
struct MistakeTests {
  @Test("Ten mistakes in one file are ten problems at their places")
  func ten() {
    let text = String(decoding: projectFile("Tests/Fixtures/ten-mistakes.yaml"), as: UTF8.self)
    #expect(
      problems(text) == [
        "2:7 device.id: must be 1 to 64 of the characters a-z, A-Z, 0-9, -, _ and ., not \"cold store 7\"",
        "4:11 uplink.broker: must be mqtt://HOST[:PORT] or mqtts://HOST[:PORT]; the protocol \"http\" is not known",
        "5:8 uplink.qos: 3 is out of range: 0 to 2",
        "6:15 uplink.keep_alive: 30 has no unit; did you mean \"30s\"?",
        "8:9 buffer.size: \"64MB\": unknown unit \"MB\"; did you mean \"64MiB\"?",
        "11:13 sensors[0].driver: unknown driver \"tmp120\"; did you mean \"tmp102\"?",
        "17:14 sensors[1].address: tmp102 cannot have the address 0x60, only 0x48 to 0x4b",
        "18:9 sensors[2].id: \"b\" is already the id of the sensor on line 14",
        "20:5 sensors[2].buss: unknown key \"buss\"; did you mean \"bus\"?",
        "22:5 sensors[3].device: is missing: the sensor's name in /sys/bus/w1/devices",
      ])
  }

  @Test(
    "The uplink",
    arguments: [
      ("  qos: high", "4:8 uplink.qos: must be a whole number, not \"high\""),
      ("  qos: [1]", "4:8 uplink.qos: must be a single value, not a list"),
      ("  qos: 99999999999999999999", "4:8 uplink.qos: must be a whole number, not \"99999999999999999999\""),
      ("  protocol: 4", "4:13 uplink.protocol: unknown value \"4\"; did you mean \"5\"?"),
      ("  keep_alive: 1s", "4:15 uplink.keep_alive: 1s is out of range: 5s to 65535s"),
      ("  keep_alive: 10 sec", "4:15 uplink.keep_alive: \"10 sec\": unknown unit \" sec\"; did you mean \"10s\"?"),
      ("  in_flight: 0", "4:14 uplink.in_flight: 0 is out of range: 1 to 1000"),
      (
        "  tls: {ca: /etc/passwd}", "4:3 uplink.tls: has no effect with mqtt://; for TLS the broker's URL says mqtts://"
      ),
      ("  topics: {state: \"a/#\"}", "4:19 uplink.topics.state: must not contain the wildcards + and # (\"a/#\")"),
      ("  topics: {reading: a}", "4:21 uplink.topics.reading: must contain {sensor} (\"a\")"),
      (
        "  topics: {reading: \"{sensr}/{sensor}\"}",
        "4:21 uplink.topics.reading: unknown placeholder {sensr}; did you mean \"sensor\"? (\"{sensr}/{sensor}\")"
      ),
      (
        "  topics: {prefix: /x}",
        "4:20 uplink.topics.prefix: has an empty level: no / at the beginning, at the end, or twice (\"/x\")"
      ),
      ("  retry_celing: 5s", "4:3 uplink.retry_celing: unknown key \"retry_celing\"; did you mean \"retry_ceiling\"?"),
      ("  qos: 1\n  qos: 2", "5:3 uplink.qos: the key \"qos\" comes twice; it first stands on line 4"),
      (
        "  password: {env: NOT_SET}\n  username: u",
        "4:19 uplink.password.env: the environment variable NOT_SET is not set"
      ),
    ])
  func uplink(_ piece: String, _ problem: String) {
    #expect(problems(minimal(uplink: piece)) == [problem])
  }

  @Test(
    "The sensors",
    arguments: [
      ("  []", "5:3 sensors: needs at least one sensor"),
      ("  a: 1", "5:3 sensors: must be a list (lines that begin with \"- \"), not a group of keys"),
      ("  - tmp102", "5:5 sensors[0]: must be a group of keys (id, driver, …), not a single value"),
      (
        "  - {id: state, driver: tmp102, bus: i2c-1, address: 0x48}",
        "5:10 sensors[0].id: \"state\" is a topic of the gateway itself; choose another id"
      ),
      (
        "  - {id: a, driver: SHT31, bus: i2c-1, address: 0x44}",
        "5:21 sensors[0].driver: unknown driver \"SHT31\"; did you mean \"sht3x\"?"
      ),
      (
        "  - {id: a, driver: nonsense, bus: i2c-1, address: 0x44}",
        "5:21 sensors[0].driver: unknown driver \"nonsense\"; \"fieldpost drivers\" lists them all"
      ),
      (
        "  - {id: a, driver: tmp102, bus: i2c, address: 0x48}",
        "5:34 sensors[0].bus: must be a bus such as i2c-1, not \"i2c\""
      ),
      (
        "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x99}",
        "5:50 sensors[0].address: must be an I²C address from 0x08 to 0x77, not \"0x99\""
      ),
      ("  - {id: a, driver: tmp102, bus: i2c-1}", "5:5 sensors[0].address: is missing: tmp102 can have 0x48 to 0x4b"),
      (
        "  - {id: a, driver: thermal, zone: cpu, bus: i2c-1}",
        "5:41 sensors[0].bus: unknown key \"bus\"; known are id, driver, every, zone"
      ),
      (
        "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 100ms}",
        "5:63 sensors[0].every: 100ms is out of range: 1s to 1d"
      ),
      (
        "  - {id: a, driver: sht3x, bus: i2c-1, address: 0x44, repeatability: hihg}",
        "5:70 sensors[0].repeatability: unknown value \"hihg\"; did you mean \"high\"?"
      ),
      (
        "  - {id: a, driver: contact, line: GPIO17, active_low: yes}",
        "5:56 sensors[0].active_low: must be true or false, not \"yes\"; did you mean true?"
      ),
      (
        "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48}\n  - {id: b, driver: lm75, bus: i2c-1, address: 72}",
        "6:48 sensors[1].address: 0x48 on i2c-1 is already taken by \"a\" on line 5"
      ),
    ])
  func sensors(_ piece: String, _ problem: String) {
    #expect(problems(minimal(sensors: piece)) == [problem])
  }

  @Test("The same address on another bus is another place")
  func twoBuses() throws {
    let sensors = """
        - {id: a, driver: tmp102, bus: i2c-1, address: 0x48}
        - {id: b, driver: tmp102, bus: i2c-3, address: 0x48}
      """
    #expect(try load(minimal(sensors: sensors)).sensors.count == 2)
  }

  @Test("A missing part is told once, at the place where it should stand")
  func missing() {
    #expect(
      problems("device: {id: d}\nsensors: [{id: a, driver: thermal, zone: z}]") == [
        "1:1 uplink: is missing: it says where the readings go"
      ])
    #expect(problems("{}").map { $0.prefix(3) } == ["1:1", "1:1", "1:1"])
  }

  @Test("Environment variables are checked like the file")
  func environment() throws {
    #expect(
      problems(minimal(), ["FIELDPOST_BROKER": "ftp://x", "FIELDPOST_BUFFER": "relative"]).map { $0.prefix(40) }
        == [
          "0:0 environment variable FIELDPOST_BROKER"[...], "0:0 environment variable FIELDPOST_BUFFER"[...],
        ].map { $0.prefix(40) })
    let settings = try load(minimal(), ["FIELDPOST_BROKER": "mqtts://other:99", "FIELDPOST_BUFFER": "/x"])
    #expect(settings.uplink.broker == BrokerAddress(host: "other", port: 99) && settings.uplink.tls != nil)
    #expect(settings.buffer.directory == "/x")
  }

  @Test("The caret stands under the place, after tabs and wide characters too, and long lines are cut around it")
  func caret() throws {
    let text =
      "device: {id: d}\nuplink: {broker: \"mqtt://h\", client_id: \"温度計\", qos: 9}\nsensors: [{id: a, driver: thermal, zone: z}]"
    let rendered = try #require(refusal(text)).rendered(inColour: false)
    #expect(
      rendered == """
        f.yaml:2:53: error: uplink.qos: 9 is out of range: 0 to 2
          uplink: {broker: "mqtt://h", client_id: "温度計", qos: 9}
        \(String(repeating: " ", count: 2 + 52 + 3))^
        1 error in f.yaml

        """)
    let long = minimal(uplink: "  client_id: " + String(repeating: "x", count: 300))
    let lines = try #require(refusal(long)).rendered(inColour: false).split(separator: "\n")
    #expect(lines[1].count <= 104)
    #expect(try #require(refusal(text)).rendered(inColour: true).contains("\u{1B}[31merror\u{1B}[0m"))
  }
}

@Suite("Notations")
struct NotationTests {
  @Test(
    "Durations",
    arguments: [
      ("500ms", Int64(500)), ("10s", 10_000), ("5m", 300_000), ("2h", 7_200_000), ("1d", 86_400_000),
    ])
  func durations(_ text: String, _ milliseconds: Int64) {
    #expect(UnitNotation.duration.parse(text) == .value(milliseconds))
    #expect(UnitNotation.duration.text(milliseconds) == text)
  }

  @Test(
    "What is no duration or size",
    arguments: [
      "", "s", "-1s", "1.5s", "1e3s", "10 s", "10S", "10parsecs", "99999999999999999999s", "9223372036854775807d", "٣s",
    ])
  func noDuration(_ text: String) {
    for notation in [UnitNotation.duration, .size] {
      guard case .mistake(let reason) = notation.parse(text) else {
        Issue.record("\(text) was taken")
        continue
      }
      #expect(!reason.isEmpty)
    }
  }

  @Test("Sizes", arguments: [("512KiB", Int64(512 << 10)), ("64MiB", 64 << 20), ("1GiB", 1 << 30)])
  func sizes(_ text: String, _ bytes: Int64) { #expect(UnitNotation.size.parse(text) == .value(bytes)) }

  @Test(
    "Broker addresses",
    arguments: [
      ("mqtt://h", "h", UInt16(1_883), false), ("mqtts://h", "h", 8_883, true), ("mqtt://h:1", "h", 1, false),
      ("mqtt://[::1]:1884", "::1", 1_884, false), ("mqtt://10.0.0.1/", "10.0.0.1", 1_883, false),
    ])
  func brokers(_ text: String, _ host: String, _ port: UInt16, _ isEncrypted: Bool) {
    guard case .url(let url) = BrokerURL.parse(text) else {
      Issue.record("\(text) was refused")
      return
    }
    #expect(url.address == BrokerAddress(host: host, port: port) && url.isEncrypted == isEncrypted)
  }

  @Test(
    "What is no broker's address",
    arguments: [
      "", "h", "h:1883", "mqtt:h", "mqtt:/h", "mqtt://", "mqtt://:1", "mqtt://h:0", "mqtt://h:65536", "mqtt://h:x",
      "mqtt://h/path", "mqtt://[::1", "mqtt://a b", "MQTT://h", "mqtt://u:p@h",
    ])
  func noBroker(_ text: String) {
    if case .url = BrokerURL.parse(text) { Issue.record("\(text) was taken") }
  }

  @Test(
    "Words that are alike, and words that are not",
    arguments: [
      ("adress", "address"), ("addres", "address"), ("sensosr", "sensors"), ("qso", "qos"), ("brokre", "broker"),
    ])
  func suggestions(_ word: String, _ meant: String) {
    #expect(Suggestion.closest(to: word, among: ["address", "sensors", "qos", "broker", "topics"]) == meant)
    #expect(Suggestion.closest(to: "entirely-else", among: ["address", "qos"]) == nil)
  }
}
