import Drivers
import Foundation
import Testing

@testable import Configuration

@Suite("Every kind of mistake") struct MistakesTests {
  @Test(
    "A mistake in the sections is told with its place, path and remedy",
    arguments: [
      ("device: {}\n", "1:9 device.id: is missing: it names this gateway upstream"),
      ("devcie: {id: box}\n", "1:1 devcie: unknown key \"devcie\"; did you mean \"device\"?"),
      (
        "\n\nuplink: {}\n",
        "3:9 uplink.broker: is missing: the address of the MQTT broker, such as mqtt://broker.example.com"
      ),
      ("uplink: {broker: mqtt://a}\n", "1:1 device: is missing: it says who this gateway is"),
      ("device: {id: box}\n", "1:1 uplink: is missing: it says where the readings go"),
      ("device: {id: box}\n", "1:1 sensors: is missing: the list of what to read"),
      ("device: {id: box}\ndevice: {id: b}\n", "2:1 device: the key \"device\" is used twice; it is first on line 1"),
      ("device:\n  id: [a]\n", "2:7 device.id: must be a single value, not a list"),
      ("device:\n  id: {a: b}\n", "2:7 device.id: must be a single value, not a group of keys"),
      ("device: box\n", "1:9 device: must be a group of keys, not a single value"),
      ("device: [box]\n", "1:9 device: must be a group of keys, not a list"),
      ("device:\n", "1:1 device: is missing: it says who this gateway is"),
      ("device: {id: ~}\n", "1:10 device.id: is missing: it names this gateway upstream"),
      (
        "device: {id: a b}\n",
        "1:14 device.id: must be 1 to 64 of the characters a-z, A-Z, 0-9, -, _ and ., not \"a b\""
      ),
      (
        "device: {id: kühl}\n",
        "1:14 device.id: must be 1 to 64 of the characters a-z, A-Z, 0-9, -, _ and ., not \"kühl\""
      ),
      ("sensors: tmp102\n", "1:10 sensors: must be a list (lines that begin with \"- \"), not a single value"),
      ("sensors: []\n", "1:10 sensors: needs at least one sensor"),
      (
        "sensors: [tmp102]\n",
        "1:11 sensors[0]: must be a group of keys (id, driver, …), not a single value"
      ),
      ("defaults: {every: 500ms}\nsensors: []\n", "1:19 defaults.every: 500ms is out of range: 1s to 1d"),
      ("defaults: {every: 500ms}\n", "1:19 defaults.every: 500ms is out of range: 1s to 1d"),
      ("defaults: {evry: 2s}\n", "1:12 defaults.evry: unknown key \"evry\"; did you mean \"every\"?"),
    ])
  func section(text: String, expected: String) { #expect(mistakes(text).contains(expected)) }

  @Test(
    "A mistake in the uplink is the only one that is told",
    arguments: [
      ("qos: 3", "4:8 uplink.qos: 3 is out of range: 0 to 2"),
      ("qos: -1", "4:8 uplink.qos: -1 is out of range: 0 to 2"),
      ("qos: one", "4:8 uplink.qos: must be a whole number, not \"one\""),
      ("qos: 1.0", "4:8 uplink.qos: must be a whole number, not \"1.0\""),
      ("qos: [1]", "4:8 uplink.qos: must be a single value, not a list"),
      ("in_flight: 0", "4:14 uplink.in_flight: 0 is out of range: 1 to 1000"),
      ("in_flight: 1001", "4:14 uplink.in_flight: 1001 is out of range: 1 to 1000"),
      (
        "in_flight: 99999999999999999999",
        "4:14 uplink.in_flight: 99999999999999999999 is out of range: 1 to 1000"
      ),
      ("inflight: 5", "4:3 uplink.inflight: unknown key \"inflight\"; did you mean \"in_flight\"?"),
      ("protocol: 4", "4:13 uplink.protocol: unknown value \"4\"; did you mean \"3.1.1\"?"),
      ("protocol: 3.1", "4:13 uplink.protocol: unknown value \"3.1\"; did you mean \"3.1.1\"?"),
      ("user: joe", "4:3 uplink.user: unknown key \"user\"; did you mean \"username\"?"),
      ("ssl: true", "4:3 uplink.ssl: unknown key \"ssl\"; did you mean \"tls\"?"),
      (
        "colour: red",
        "4:3 uplink.colour: unknown key \"colour\"; known are broker, client_id, protocol, qos, username, password, tls, "
          + "topics, keep_alive, in_flight, connect_timeout, acknowledge_timeout, …"
      ),
      ("keep_alive: 4s", "4:15 uplink.keep_alive: 4s is out of range: 5s to 65535s"),
      ("keep_alive: 30", "4:15 uplink.keep_alive: 30 has no unit; did you mean \"30s\"?"),
      ("connect_timeout: 6m", "4:20 uplink.connect_timeout: 6m is out of range: 1s to 5m"),
      ("acknowledge_timeout: 0s", "4:24 uplink.acknowledge_timeout: 0s is out of range: 1s to 5m"),
      ("retry_ceiling: 2h", "4:18 uplink.retry_ceiling: 2h is out of range: 1s to 1h"),
      ("state_every: 9s", "4:16 uplink.state_every: 9s is out of range: 10s to 1d"),
      ("order: newest", "4:10 uplink.order: unknown value \"newest\"; did you mean \"newest_first\"?"),
      ("rate: 0", "4:9 uplink.rate: 0 is out of range: 1 to 10000"),
      ("batch: 5", "4:10 uplink.batch: must be a group of keys, not a single value"),
      (
        "batch: {gather: 1s}",
        "4:10 uplink.batch.readings: is missing: how many readings of a sensor go in one message at most"
      ),
      ("batch: {readings: 1}", "4:21 uplink.batch.readings: 1 is out of range: 2 to 100"),
      ("batch: {readings: 2, gather: 11m}", "4:32 uplink.batch.gather: 11m is out of range: 100ms to 10m"),
      ("describe: yes", "4:13 uplink.describe: must be true or false, not \"yes\"; did you mean true?"),
      ("message_expiry: 0s", "4:19 uplink.message_expiry: 0s is out of range: 1s to 365d"),
      (
        "commands: {}",
        "4:13 uplink.commands.allow: is missing: the list of what may be asked: read-now, status, log-level, interval"
      ),
      (
        "commands: {allow: status}",
        "4:21 uplink.commands.allow: must be a list (lines that begin with \"- \"), not a single value"
      ),
      (
        "commands: {allow: [statsu]}",
        "4:22 uplink.commands.allow[0]: unknown value \"statsu\"; did you mean \"status\"?"
      ),
      (
        "commands: {allow: [status], topic: a/#}",
        "4:38 uplink.commands.topic: must not contain the wildcards + and # (\"a/#\")"
      ),
      (
        "commands: {allow: [status], share: a/b}",
        "4:38 uplink.commands.share: must be 1 to 64 of the characters a-z, A-Z, 0-9, -, _ and ., not \"a/b\""
      ),
      ("client_id: \"\"", "4:14 uplink.client_id: must be 1 to 64 characters, not \"\""),
      ("tls: {}", "4:3 uplink.tls: has no effect with mqtt://; for TLS the broker's URL says mqtts://"),
      ("password: {env: WORD}", "4:13 uplink.password: a password needs a username beside it"),
      ("username: [a]", "4:13 uplink.username: must be a single value, not a list"),
      ("topics: a/b", "4:11 uplink.topics: must be a group of keys, not a single value"),
    ])
  func uplink(line: String, expected: String) {
    #expect(mistakes(file(uplink: [line]), environment: ["WORD": "x"]) == [expected])
  }

  @Test(
    "A mistake in the buffer is the only one that is told",
    arguments: [
      ("directory: spool", "5:14 buffer.directory: must be an absolute path, not \"spool\""),
      ("size: 64", "5:9 buffer.size: 64 has no unit; did you mean \"64MiB\"?"),
      ("size: 512KiB", "5:9 buffer.size: 512KiB is out of range: 1MiB to 64GiB"),
      ("size: 65GiB", "5:9 buffer.size: 65GiB is out of range: 1MiB to 64GiB"),
      ("durable_after: 11m", "5:18 buffer.durable_after: 11m is out of range: 1s to 10m"),
      (
        "when_full: evict_oldst", "5:14 buffer.when_full: unknown value \"evict_oldst\"; did you mean \"evict_oldest\"?"
      ),
      ("when_full: drop", "5:14 buffer.when_full: unknown value \"drop\"; known are evict_oldest, refuse_newest"),
      (
        "path: /x",
        "5:3 buffer.path: unknown key \"path\"; did you mean \"directory\"?"
      ),
      ("max_age: 30m", "5:12 buffer.max_age: 30m is out of range: 1h to 3650d"),
    ])
  func buffer(line: String, expected: String) { #expect(mistakes(file(buffer: [line])) == [expected]) }

  @Test(
    "A mistake in a sensor is the only one that is told",
    arguments: [
      ("id: a, driver: tmp102, bus: i2c-1", "5:5 sensors[0].address: is missing: tmp102 can have 0x48 to 0x4b"),
      ("id: a, driver: tmp102, address: 0x48", "5:5 sensors[0].bus: is missing: the I²C bus, such as i2c-1"),
      ("driver: tmp102, bus: i2c-1, address: 0x48", "5:5 sensors[0].id: is missing: it names the sensor upstream"),
      ("id: a", "5:5 sensors[0].driver: is missing: which chip it is, such as tmp102"),
      ("id: a, driver: tmp1O2", "5:21 sensors[0].driver: unknown driver \"tmp1O2\"; did you mean \"tmp102\"?"),
      ("id: a, driver: DS18B2O", "5:21 sensors[0].driver: unknown driver \"DS18B2O\"; did you mean \"ds18b20\"?"),
      (
        "id: a, driver: AM2320",
        "5:21 sensors[0].driver: the AM2320 is an I²C chip for which there is no driver; for humidity over I²C there are "
          + "aht20, sht4x and others, which \"fieldpost drivers\" lists"
      ),
      ("id: a, driver: AM2303", "5:21 sensors[0].driver: unknown driver \"AM2303\"; did you mean \"AM2302\"?"),
      (
        "id: a, driver: abacus",
        "5:21 sensors[0].driver: unknown driver \"abacus\"; \"fieldpost drivers\" lists them all"
      ),
      ("id: a, driver: [tmp102]", "5:21 sensors[0].driver: must be a single value, not a list"),
      (
        "id: state, driver: thermal, zone: z",
        "5:10 sensors[0].id: the readings of this sensor would go to the topic of uplink.topics.state; choose another id, or "
          + "another topic"
      ),
      (
        "id: event, driver: thermal, zone: z",
        "5:10 sensors[0].id: the gateway numbers its own events under the name \"event\"; choose another id"
      ),
      (
        "id: a, driver: tmp102, bus: 1, address: 0x48",
        "5:34 sensors[0].bus: must be a bus such as i2c-1, or a channel of a multiplexer such as i2c-1/mux@0x70/3, not \"1\""
      ),
      (
        "id: a, driver: tmp102, bus: i2c-+1, address: 0x48",
        "5:34 sensors[0].bus: must be a bus such as i2c-1, or a channel of a multiplexer such as i2c-1/mux@0x70/3, not \"i2c-+1\""
      ),
      ("id: a, driver: thermal, zone: z, every: 2", "5:46 sensors[0].every: 2 has no unit; did you mean \"2s\"?"),
      ("id: a, driver: thermal, zone: z, every: 25h", "5:46 sensors[0].every: 25h is out of range: 100ms to 1d"),
      (
        "id: a, driver: thermal",
        "5:5 sensors[0].zone: is missing: what the zone's `type` says, for example cpu-thermal"
      ),
      (
        "id: a, driver: thermal, zone: z, bus: i2c-1",
        "5:39 sensors[0].bus: unknown key \"bus\"; known are id, driver, every, zone, …"
      ),
      (
        "id: a, driver: sht3x, bus: i2c-1, address: 0x44, repeatability: hihg",
        "5:70 sensors[0].repeatability: unknown value \"hihg\"; did you mean \"high\"?"
      ),
      (
        "id: a, driver: contact, line: X, active_low: yes",
        "5:51 sensors[0].active_low: must be true or false, not \"yes\"; did you mean true?"
      ),
      (
        "id: a, driver: contact, chip: c, offset: 1024",
        "5:47 sensors[0].offset: 1024 is out of range: 0 to 1023"
      ),
      (
        "id: a, driver: ds18b20, device: 28-xyz",
        "5:38 sensors[0].device: must look like \"28-0316a2795e3c\" (the sensor's name in /sys/bus/w1/devices), not \"28-xyz\""
      ),
      (
        "id: a, driver: hwmon, name: n, input: temp",
        "5:44 sensors[0].input: must look like \"temp2\" (which input of the device, with the humidity of the same number; temp1 when nothing is said), not \"temp\""
      ),
    ])
  func sensor(keys: String, expected: String) {
    #expect(mistakes(file(sensors: "  - {\(keys)}\n")) == [expected])
  }

  @Test(
    "A word that is not true or false is refused, with the right one when it can be told",
    arguments: [
      ("yes", "; did you mean true?"), ("on", "; did you mean true?"), ("True", "; did you mean true?"),
      ("1", "; did you mean true?"), ("no", "; did you mean false?"), ("OFF", "; did you mean false?"),
      ("0", "; did you mean false?"), ("maybe", ""),
    ])
  func boolean(word: String, hint: String) {
    let text = file(sensors: "  - {id: a, driver: contact, line: X, active_low: \(word)}\n")
    #expect(reasons(text) == ["must be true or false, not \"\(word)\"\(hint)"])
  }

  @Test("Options of a driver that do not go together are a mistake of the sensor as a whole")
  func conflict() throws {
    let contact = try #require(Catalog.chip(named: "contact"))
    let text = file(sensors: "  - {id: a, driver: contact}\n")
    let conflict = try #require(contact.conflict(DriverOptions()))
    #expect(mistakes(text) == ["5:5 sensors[0]: " + conflict])
  }

  @Test("Sampling faster than the chip can is refused, with what it can") func tooFast() throws {
    let slow = Chip(
      name: "slow", parts: [], measures: [], source: "", minimumInterval: .seconds(3),
      attachment: .i2c(addresses: [0x48...0x48]) { _, _, _ in fatalError("never made") })
    let text = file(sensor: ["every: 2s"]).replacingOccurrences(of: "tmp102", with: "slow")
    do {
      _ = try ConfigurationLoader.load(Array(text.utf8), file: "f", environment: { _ in nil }, catalog: [slow])
      Issue.record("accepted")
    } catch { #expect(error.problems.map(\.reason) == ["2s is out of range: 3s to 1d"]) }
    let usual = text.replacingOccurrences(of: "    every: 2s\n", with: "") + "defaults: {every: 1s}\n"
    let settings = try ConfigurationLoader.load(
      Array(usual.utf8), file: "f", environment: { _ in nil }, catalog: [slow])
    #expect(settings.sensors[0].every == .seconds(3))
  }

  @Test(
    "An address is a number in either notation",
    arguments: [("0x48", UInt8(0x48)), ("72", 0x48), ("0x4B", 0x4B), ("0x04a", 0x4A)])
  func address(text: String, value: UInt8) throws {
    let settings = try load(file(sensors: "  - {id: a, driver: tmp102, bus: i2c-1, address: \(text)}\n"))
    let address = try #require(I2CAddress(value))
    #expect(settings.sensors[0].connection == .i2c(bus: BusPath("i2c-1"), address: address))
  }

  @Test(
    "What is no address, or not one of this chip, is refused",
    arguments: [
      ("0x07", "must be an I²C address from 0x08 to 0x77, not \"0x07\""),
      ("0x78", "must be an I²C address from 0x08 to 0x77, not \"0x78\""),
      ("0x148", "must be an I²C address from 0x08 to 0x77, not \"0x148\""),
      ("0x", "must be an I²C address from 0x08 to 0x77, not \"0x\""),
      ("0x+48", "must be an I²C address from 0x08 to 0x77, not \"0x+48\""),
      ("+72", "must be an I²C address from 0x08 to 0x77, not \"+72\""),
      ("4a", "must be an I²C address from 0x08 to 0x77, not \"4a\""),
      ("48", "tmp102 cannot have the address 0x30, only 0x48 to 0x4b; did you mean 0x48?"),
      ("0x50", "tmp102 cannot have the address 0x50, only 0x48 to 0x4b"),
      ("048", "048 begins with 0 and not with 0x; did you mean 0x48?"),
      ("0048", "0048 begins with 0 and not with 0x; did you mean 0x48?"),
      ("072", "072 begins with 0 and not with 0x; did you mean 72?"),
      ("0110", "0110 begins with 0 and not with 0x"), ("050", "050 begins with 0 and not with 0x"),
    ])
  func wrongAddress(text: String, reason: String) {
    #expect(reasons(file(sensors: "  - {id: a, driver: tmp102, bus: i2c-1, address: \(text)}\n")) == [reason])
  }

  @Test("Two sensors with one id: the second is the mistake and names the first") func sameID() {
    let sensors = "  - {id: a, driver: thermal, zone: x}\n  - {id: a, driver: thermal, zone: y}\n"
    #expect(mistakes(file(sensors: sensors)) == ["6:10 sensors[1].id: \"a\" is already the id of the sensor on line 5"])
  }

  @Test("Two sensors at one address of one bus: the second is the mistake and names the first") func sameAddress() {
    let first = "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48}\n"
    let second = "  - {id: b, driver: tmp105, bus: i2c-1, address: 72}\n"
    #expect(
      mistakes(file(sensors: first + second)) == [
        "6:50 sensors[1].address: 0x48 on i2c-1 is already taken by \"a\" on line 5"
      ])
    #expect(mistakes(file(sensors: first + second.replacingOccurrences(of: "i2c-1", with: "i2c-0"))).isEmpty)
  }

  @Test(
    "Behind multiplexers one address can be there on each channel, but not before them too",
    arguments: [
      ("i2c-1/mux@0x70/3", 0x48, nil), ("i2c-1/mux@0x70/4", 0x49, nil), ("i2c-1/mux@0x71/3", 0x49, nil),
      ("i2c-2/mux@0x70/3", 0x48, nil),
      ("i2c-1/mux@0x70/3", 0x49, "0x49 on i2c-1/mux@0x70/3"), ("i2c-1", 0x49, "0x49 on i2c-1"),
      ("i2c-1/mux@0x48/3", 0x4A, "must be a bus"),
    ] as [(String, Int, String?)])
  func multiplexed(_ bus: String, _ address: Int, _ mistake: String?) {
    let first = "  - {id: a, driver: tmp102, bus: i2c-1/mux@0x70/3, address: 0x49}\n"
    let second = "  - {id: b, driver: tmp102, bus: \(bus), address: \(address)}\n"
    let found = mistakes(file(sensors: first + second))
    #expect(mistake.map { found.count == 1 && found[0].contains($0) } ?? found.isEmpty, "\(found)")
  }

  @Test(
    "The power of a bus: a line by name or by chip and offset, of a bus that has sensors, once",
    arguments: [
      ("{name: i2c-1, power_line: GPIO27}", nil),
      ("{name: i2c-1, power_chip: pinctrl-rp1, power_offset: 27, power_active_low: true}", nil),
      ("{name: i2c-2, power_line: GPIO27}", "no sensor is on i2c-2"), ("{name: i2c-1}", "it needs `power_line`"),
      ("{name: i2c-1, power_chip: x}", "it needs `power_line`"),
      ("{name: i2c-1, power_line: a, power_offset: 1}", "it needs"),
      ("{name: i2c-1/mux@0x70/1, power_line: a}", "must be a bus"), ("{power_line: GPIO27}", "is missing"),
      ("{name: i2c-1, power_lin: GPIO27}", "unknown key"),
      ("{name: i2c-1, power_line: a}\n  - {name: i2c-1, power_line: b}", "already"),
    ] as [(String, String?)])
  func powerLines(_ bus: String, _ mistake: String?) {
    let sensors = "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x49}\nbuses:\n  - \(bus)\n"
    let found = mistakes(file(sensors: sensors))
    #expect(mistake.map { words in found.contains { $0.contains(words) } } ?? found.isEmpty, "\(found)")
  }

  @Test("A chip cannot have the address of a multiplexer on its bus, whichever comes first")
  func inTheWay() {
    let chip = "  - {id: a, driver: pct2075, bus: i2c-1, address: 0x70}\n"
    let behind = "  - {id: b, driver: tmp102, bus: i2c-1/mux@0x70/3, address: 0x48}\n"
    #expect(mistakes(file(sensors: chip + behind)).count == 1)
    #expect(mistakes(file(sensors: behind + chip)).count == 1)
  }

  @Test("A bus written with a leading zero is not a second bus") func sameBusDifferently() {
    let first = "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48}\n"
    let second = "  - {id: b, driver: tmp102, bus: i2c-01, address: 0x48}\n"
    #expect(!mistakes(file(sensors: first + second)).isEmpty)
  }

  @Test(
    "A topic template is checked before a broker would refuse it",
    arguments: [
      ("prefix", "", "must not be empty"),
      ("reading", "{prefix}/+/{sensor}", "must not contain the wildcards + and #"),
      ("state", "a/#", "must not contain the wildcards + and #"),
      ("state", "$SYS/x", "must not begin with $, which is the broker's own"),
      ("prefix", "/a", "has an empty level: no / at the beginning, at the end, or twice"),
      ("prefix", "a/", "has an empty level: no / at the beginning, at the end, or twice"),
      ("prefix", "a//b", "has an empty level: no / at the beginning, at the end, or twice"),
      ("reading", "{prefix}/{device}", "must contain {sensor}"),
      ("reading", "{prefix}/{sensr}", "unknown placeholder {sensr}; did you mean \"sensor\"?"),
      ("state", "{sensor}", "unknown placeholder {sensor}; known are prefix, device"),
      ("prefix", "{device}", "unknown placeholder {device}"),
      ("state", "x/{device", "has a { without a }"),
      ("reading", "{sensor}/{prefix", "has a { without a }"),
      ("prefix", "a\\u0007", "must not contain control characters"),
    ])
  func template(key: String, template: String, reason: String) throws {
    let found = reasons(file(uplink: ["topics: {\(key): \"\(template)\"}"]))
    #expect(found.count == 1)
    #expect(try #require(found.first).hasPrefix(reason + " (\""), "\(found)")
  }

  @Test("A broker without TLS from the environment wins over a file with TLS, which stays right") func overriddenTLS()
    throws
  {
    let text = "device: {id: d}\nuplink: {broker: \"mqtts://h\", tls: {}}\nsensors: [{id: a, driver: thermal, zone: z}]"
    func load(_ environment: [String: String]) throws(ConfigurationError) -> Settings {
      try ConfigurationLoader.load(Array(text.utf8), file: "f", environment: { environment[$0] })
    }
    #expect(try load([:]).uplink.tls != nil)
    let settings = try load(["FIELDPOST_BROKER": "mqtt://127.0.0.1:1"])
    #expect(settings.uplink.tls == nil)
    #expect(settings.uplink.brokers[0].port == 1)
  }

  @Test("FIELDPOST_BROKER and FIELDPOST_BUFFER win over the file, and are checked like it") func overrides() throws {
    let settings = try load(
      file(), environment: ["FIELDPOST_BROKER": "mqtts://other:99", "FIELDPOST_BUFFER": "/tmp/x"])
    #expect(settings.uplink.brokers.first == BrokerAddress(host: "other", port: 99))
    #expect(settings.uplink.tls != nil)
    #expect(settings.buffer.directory == "/tmp/x")
    #expect(
      mistakes(file(), environment: ["FIELDPOST_BROKER": "other", "FIELDPOST_BUFFER": "x"]) == [
        "0:0 environment variable FIELDPOST_BROKER: must be mqtt://HOST[:PORT] or mqtts://HOST[:PORT]",
        "0:0 environment variable FIELDPOST_BUFFER: must be an absolute path",
      ])
    #expect(mistakes(file(broker: "nonsense"), environment: ["FIELDPOST_BROKER": "mqtt://b"]).count == 1)
  }
}
