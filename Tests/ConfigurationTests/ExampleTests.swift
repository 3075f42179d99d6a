import Drivers
import Foundation
import Testing

@testable import Configuration

@Suite("Right files") struct ExampleTests {
  @Test("A minimal file gives exactly the defaults") func defaults() throws {
    let found = try load(file())
    #expect(found.device.id == "box")
    let uplink = found.uplink
    #expect(uplink.brokers.first == BrokerAddress(host: "broker", port: 1_883))
    #expect(uplink.clientID == "box")
    #expect(uplink.version == .v5)
    #expect(uplink.qos == .atLeastOnce)
    #expect(uplink.credentials == nil)
    #expect(uplink.tls == nil)
    let topics = uplink.topics
    #expect(topics.prefix == "fieldpost")
    #expect(topics.reading == "{prefix}/{device}/{sensor}")
    #expect(topics.state == "{prefix}/{device}/state")
    #expect(topics.event == "{prefix}/{device}/event")
    #expect(uplink.keepAlive == .seconds(30))
    #expect(uplink.inFlight == 20)
    #expect(uplink.connectTimeout == .seconds(15))
    #expect(uplink.acknowledgeTimeout == .seconds(8))
    #expect(uplink.retryCeiling == .seconds(4))
    #expect(uplink.stateEvery == .seconds(3_600))
    #expect(found.buffer.maximumAge == nil)
    #expect(found.buffer.directory == "/var/lib/fieldpost/spool")
    #expect(found.buffer.size == ByteCount(mebibytes: 64))
    #expect(found.buffer.durableAfter == .seconds(5))
    #expect(found.buffer.whenFull == .evictOldest)
    #expect(found.sensors.map(\.id) == ["a"])
    #expect(found.sensors[0].every == .seconds(10))
    #expect(found.sensors[0].options == DriverOptions())
  }

  @Test("A key with nothing after it keeps its default") func nothing() throws {
    let found = try load(file(uplink: ["qos:", "keep_alive: ~", "tls:"], buffer: ["size: null"], sensor: ["every:"]))
    #expect(found.uplink.qos == .atLeastOnce)
    #expect(found.uplink.keepAlive == .seconds(30))
    #expect(found.buffer.size == ByteCount(mebibytes: 64))
    #expect(found.sensors[0].every == .seconds(10))
  }

  @Test("Every optional key has an effect") func everyKey() throws {
    let uplink = [
      "protocol: 3.1.1", "qos: 2", "client_id: c", "keep_alive: 5s", "in_flight: 1000", "connect_timeout: 5m",
      "acknowledge_timeout: 1s", "retry_ceiling: 1h", "state_every: 10s",
      "topics: {prefix: a/b, reading: r/{sensor}, state: s, event: e}",
    ].map { $0.replacingOccurrences(of: "r/{sensor}", with: "\"r/{sensor}\"") }
    let delivery = ["order: newest_first", "rate: 7", "batch: {readings: 100, gather: 10m}"]
    let buffer = ["directory: /x", "size: 64GiB", "durable_after: 10m", "when_full: refuse_newest", "max_age: 30d"]
    let text = file(uplink: uplink + delivery, buffer: buffer, sensor: ["every: 1d"])
    let found = try load(text)
    #expect(found.uplink.version == .v311)
    #expect(found.uplink.order == .newestFirst)
    #expect(found.uplink.rate == 7)
    #expect(found.uplink.batch == 100)
    #expect(found.uplink.gather == .seconds(600))
    let described = try load(file(uplink: ["describe: true", "message_expiry: 1d"])).uplink
    #expect(described.describes)
    #expect(described.messageExpiry == .seconds(86_400))
    #expect(found.uplink.qos == .exactlyOnce)
    #expect(found.uplink.clientID == "c")
    #expect(found.uplink.keepAlive == .seconds(5))
    #expect(found.uplink.inFlight == 1_000)
    #expect(found.uplink.connectTimeout == .seconds(300))
    #expect(found.uplink.acknowledgeTimeout == .seconds(1))
    #expect(found.uplink.retryCeiling == .seconds(3_600))
    #expect(found.uplink.stateEvery == .seconds(10))
    #expect(found.uplink.topics.prefix == "a/b")
    #expect(found.uplink.topics.reading == "r/{sensor}")
    #expect(found.uplink.topics.state == "s")
    #expect(found.uplink.topics.event == "e")
    #expect(found.buffer.directory == "/x")
    #expect(found.buffer.size == ByteCount(mebibytes: 65_536))
    #expect(found.buffer.durableAfter == .seconds(600))
    #expect(found.buffer.whenFull == .refuseNewest)
    #expect(found.buffer.maximumAge == .seconds(30 * 86_400))
    #expect(found.sensors[0].every == .seconds(86_400))
    let seconds = try load(file() + "defaults: {every: 7s}\n")
    #expect(seconds.sensors[0].every == .seconds(7))
  }

  @Test(
    "Readings that are gathered and do not fit into memory are warned of: sensors, their rate, and the buffer's size")
  func gatheredInMemory() throws {
    func warnings(_ sensors: Int, gather: String, size: String = "64MiB") throws -> [String] {
      let entries = (0..<sensors).map {
        "  - {id: s\($0), driver: tmp102, bus: i2c-\($0 / 4), address: 0x4\(8 + $0 % 4), every: 1s}\n"
          .replacingOccurrences(of: "0x410", with: "0x4a").replacingOccurrences(of: "0x411", with: "0x4b")
      }
      return try load(
        file(
          uplink: ["batch: {readings: 100, gather: \(gather)}"], buffer: ["durable_after: 2m", "size: \(size)"],
          sensors: entries.joined())
      ).warnings
    }
    #expect(try warnings(20, gather: "30s") == [])
    #expect(try warnings(100, gather: "60s") == [])
    let many = try warnings(700, gather: "60s")
    #expect(
      many.count == 1 && many[0].contains("take about 2372 KiB of readings, and 1024 KiB wait in memory"), "\(many)")
    let small = try warnings(100, gather: "60s", size: "1MiB")
    #expect(small.count == 1 && small[0].contains("256 KiB wait in memory"), "\(small)")
  }

  @Test("What is permitted and has a price is warned of") func warnings() throws {
    #expect(try load(file()).warnings == [])
    #expect(try load(exampleFile()).warnings == [])
    #expect(try load(file(uplink: ["batch: {readings: 2, gather: 4s}"])).warnings == [])
    let longer = try load(file(uplink: ["batch: {readings: 2, gather: 10s}"], buffer: ["durable_after: 11s"]))
    #expect(longer.warnings == [])
    let gathered = try load(file(uplink: ["batch: {readings: 2, gather: 5s}"])).warnings
    #expect(gathered.count == 1 && gathered[0].hasPrefix("uplink.batch.gather: what waits longer than"))
    #expect(gathered[0].contains("buffer.durable_after (5s) is written to the disk"))
    let unacknowledged = try load(file(uplink: ["qos: 0"])).warnings
    #expect(unacknowledged.count == 1 && unacknowledged[0].hasPrefix("uplink.qos: with QoS 0 the broker acknowledges"))
  }

  @Test(
    "A password over mqtt:// is warned of, unless it stays on this machine",
    arguments: [
      ("mqtt://broker.example.com", true), ("mqtt://192.168.1.5", true), ("mqtt://127.0.0.1.example.com", true),
      ("mqtt://[fe80::1]", true), ("[mqtt://localhost, mqtt://other]", true), ("mqtt://localhost", false),
      ("mqtt://127.0.0.1", false), ("mqtt://127.1.2.3:1884", false), ("mqtt://[::1]", false), ("mqtts://broker", false),
    ])
  func inClear(broker: String, isWarned: Bool) throws {
    let secret = ["username: joe", "password: {env: WORD}"]
    func warnings(_ lines: [String]) throws -> [String] {
      let text = file(uplink: lines).replacingOccurrences(of: "mqtt://broker", with: "\(broker)")
      return try load(text, environment: ["WORD": "hunter2"]).warnings.filter { $0.contains("unencrypted") }
    }
    #expect(try warnings(secret).count == (isWarned ? 1 : 0))
    #expect(try warnings(["username: joe"]).isEmpty)
    #expect(try warnings([]).isEmpty)
    // Some services take a token as the user name.
    #expect(try warnings(["username: A1b2C3d4E5f6G7h8I9j0"]).count == (isWarned ? 1 : 0))
  }

  @Test("The example loads and gives what it shows") func example() throws {
    let found = try load(try exampleFile())
    #expect(found.device.id == "coldstore-7")
    #expect(found.uplink.brokers.first == BrokerAddress(host: "127.0.0.1", port: 1_883))
    #expect(found.buffer.size == ByteCount(mebibytes: 64))
    #expect(found.sensors.map(\.id) == ["freezer-1", "freezer-2", "hall", "brine", "board", "cpu", "door"])
    #expect(
      found.sensors.map(\.chip.name) == ["tmp102", "tmp105", "sht3x", "ds18b20", "hwmon", "thermal", "contact"])
    #expect(found.sensors.map(\.every) == [1, 1, 2, 2, 1, 5, 1].map { .seconds($0) })
    let address = try #require(I2CAddress(0x49))
    #expect(found.sensors[1].connection == .i2c(bus: BusPath("i2c-1"), address: address))
    #expect(found.sensors[2].options == DriverOptions(["repeatability": .text("high")]))
    #expect(found.sensors[3].connection == .sysfs)
    #expect(found.sensors[3].options.text("device") == "28-0316a2795bff")
    #expect(found.sensors[6].connection == .gpio)
    #expect(found.sensors[6].options.boolean("active_low") == true)
  }

  /// Takes the `# ` from the lines of `uplink` that show an optional key.
  private func uncommented() throws -> (text: String, keys: [String]) {
    var keys: [String] = []
    let lines = try exampleFile().split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      guard let match = line.wholeMatch(of: #/  # ( *)([a-z_]+):( .*)?/#) else { return String(line) }
      keys.append(String(match.2))
      return "  " + match.1 + match.2 + ":" + (match.3 ?? "")
    }
    return (lines.joined(separator: "\n"), keys)
  }

  @Test("The keys that the example shows in comments are all known, and show their defaults") func comments() throws {
    let folder = try TemporaryFolder()
    var (text, keys) = try uncommented()
    #expect(keys.count >= 18, "\(keys)")
    _ = try folder.write("broker", Array("x".utf8))
    for path in ["ca.pem", "client.pem", "client.key"] {
      let file = try folder.write(path, Array("x".utf8))
      text = text.replacingOccurrences(of: "/etc/fieldpost/\(path)", with: file)
    }
    let found = try load(
      text.replacingOccurrences(of: "mqtt://", with: "mqtts://"),
      environment: ["CREDENTIALS_DIRECTORY": folder.path])
    let usual = UplinkSettings(broker: found.uplink.brokers[0], clientID: "coldstore-7")
    #expect(found.uplink.credentials?.username == "coldstore-7")
    #expect(found.uplink.tls?.key == folder.path + "/client.key")
    #expect(found.uplink.version == usual.version)
    #expect(found.uplink.qos == usual.qos)
    #expect(found.uplink.clientID == usual.clientID)
    #expect(found.uplink.keepAlive == usual.keepAlive)
    #expect(found.uplink.inFlight == usual.inFlight)
    #expect(found.uplink.connectTimeout == usual.connectTimeout)
    #expect(found.uplink.acknowledgeTimeout == usual.acknowledgeTimeout)
    #expect(found.uplink.retryCeiling == usual.retryCeiling)
    #expect(found.uplink.stateEvery == usual.stateEvery)
    #expect(found.uplink.order == usual.order)
    #expect(found.uplink.topics.reading == usual.topics.reading)
    #expect(found.uplink.topics.state == usual.topics.state)
    #expect(found.uplink.topics.event == usual.topics.event)
    let commands = try #require(found.uplink.commands)
    #expect(commands.allowed == CommandSettings.Name.allCases)
    #expect(commands.share != nil)
    let usualCommands = CommandSettings(allowed: [])
    #expect(commands.topic == usualCommands.topic)
    #expect(commands.sharedTopic == usualCommands.sharedTopic)
    #expect(commands.response == usualCommands.response)
    #expect(usualCommands.responseTopics.isEmpty)
  }

  @Test("A sensor of every driver loads with what it requires", arguments: Catalog.chips.map(\.name))
  func everyDriver(name: String) throws {
    let chip = try #require(Catalog.chip(named: name))
    var keys = ["id: a", "driver: \(name)"]
    var ranges: [ClosedRange<UInt8>] = []
    if case .i2c(let addresses, _) = chip.attachment {
      ranges = addresses
      keys += ["bus: i2c-1", "address: \(try #require(addresses.first).lowerBound)"]
    }
    // The shapes cannot say that a sensor on a GPIO line needs it.
    for option in chip.options where option.isRequired || option.name == "line" {
      keys.append("\(option.name): \(example(option.shape))")
    }
    func load(_ keys: [String]) throws -> Settings {
      try ConfigurationTests.load(file(sensors: "  - {\(keys.joined(separator: ", "))}\n"))
    }
    let sensor = try load(keys).sensors[0]
    #expect(sensor.chip.name == name)
    #expect(sensor.every >= chip.minimumInterval)
    for address in ranges.joined() {
      let other = keys.map { $0.hasPrefix("address") ? "address: \(address)" : $0 }
      #expect(
        try load(other).sensors[0].connection == .i2c(bus: BusPath("i2c-1"), address: try #require(I2CAddress(address)))
      )
    }
    for option in chip.options where option.isRequired {
      let without = keys.filter { !$0.hasPrefix(option.name + ":") }
      let found = mistakes(file(sensors: "  - {\(without.joined(separator: ", "))}\n"))
      #expect(found == ["5:5 sensors[0].\(option.name): is missing: \(option.meaning)"])
    }
  }

  private func example(_ shape: DriverOption.Shape) -> String {
    switch shape {
    case .text: "x"
    case .boolean: "true"
    case .integer(let range): "\(range.lowerBound)"
    case .duration(let range): range.lowerBound.text
    case .choice(let names): names[0]
    case .pattern(let example, _): example
    }
  }
}
