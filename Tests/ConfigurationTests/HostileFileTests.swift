import Drivers
import Foundation
import Simulation
import Testing

@testable import Configuration

@Suite("Files that are not a configuration")
struct HostileFileTests {
  private func problems(_ bytes: [UInt8]) -> [Problem] {
    do throws(ConfigurationError) {
      _ = try ConfigurationLoader.load(bytes, file: "f", environment: { _ in nil })
      return []
    } catch {
      _ = error.rendered(inColour: true)
      return error.problems
    }
  }

  @Test(
    "Each is refused with a word that helps",
    arguments: [
      ("", "is empty"), ("# only a comment\n", "is empty"), ("~", "is empty"), ("word", "group of keys"),
      ("- a", "group of keys"), ("device: {id: d}\n---\na: 1", "a second document"), ("a: &x 1", "anchors"),
      ("a: *x", "aliases"), ("a: !!str 1", "tags"), ("device:\n\tid: x", "this is not YAML"),
      ("a: [1", "this is not YAML"),
      ("a: \"", "this is not YAML"), ("? [a]\n: b", "a key must be a single word"), ("a: b: c", "this is not YAML"),
      ("a\u{0}b", "not text"), (String(repeating: "[", count: 10_000), "nested too deeply"),
    ])
  func refused(_ text: String, _ words: String) throws {
    let found = problems(Array(text.utf8))
    #expect(found.contains { $0.reason.contains(words) }, "\(found)")
  }

  @Test("Bytes that are not UTF-8")
  func notUTF8() {
    #expect(problems([0x61, 0x3A, 0x20, 0xFF, 0xFE]).first?.reason.contains("UTF-8") == true)
  }

  @Test("A missing file, a directory, a pipe, and one that is too large")
  func files() throws {
    let folder = try Folder()
    let pipe = folder.path + "/pipe"
    try #require(mkfifo(pipe, 0o600) == 0)
    let large = try folder.file("large", [UInt8](repeating: 32, count: (1 << 20) + 1))
    for (path, words) in [
      ("/nonexistent", "No such file"), (folder.path, "not a regular file"), (pipe, "not a regular file"),
      (large, "the limit is"),
    ] {
      do throws(ConfigurationError) {
        _ = try ConfigurationLoader.load(path: path, environment: { _ in nil })
        Issue.record("\(path) was taken")
      } catch {
        #expect(error.problems.first?.reason.contains(words) == true, "\(error)")
      }
    }
  }

  @Test("The example, cut at every byte: never a crash, and places that exist")
  func truncated() {
    for length in example.indices {
      let part = Array(example[..<length])
      let lines = part.count { $0 == 10 } + 1
      for problem in problems(part) { #expect(problem.line <= lines + 1) }
    }
  }

  @Test("The example with random bytes changed: never a crash or a hang", arguments: 1...8)
  func mutated(_ seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    for _ in 0..<150 {
      var bytes = example
      for _ in 0...random.next() % 4 {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      _ = problems(bytes)
    }
  }
}

@Suite("Files that are right")
struct GoodFileTests {
  @Test("The example loads, and says what stands in it")
  func exampleLoads() throws {
    let settings = try ConfigurationLoader.load(example, file: "devices.yaml", environment: { _ in nil })
    #expect(settings.device.id == "coldstore-7")
    #expect(settings.sensors.map(\.id) == ["freezer-1", "freezer-2", "hall", "brine", "board", "cpu", "door"])
    #expect(settings.sensors.map(\.every) == [1, 1, 2, 2, 1, 5, 1].map { .seconds($0) })
    #expect(Set(settings.sensors.map(\.chip.name)).count >= 4)
  }

  @Test("The keys that the example shows commented out are known, with the values of the defaults")
  func commentedKeys() throws {
    let folder = try Folder()
    let secret = try folder.file("password", Array("x".utf8))
    let pem = try folder.file("pem", [])
    var text = String(decoding: example, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.contains(/^ {2}# +[a-z_]+:/) ? "  " + $0.dropFirst(4) : String($0) }.joined(separator: "\n")
    text = text.replacing("/etc/fieldpost/password", with: secret).replacing("mqtt://127", with: "mqtts://127")
    for name in ["ca.pem", "client.pem", "client.key"] { text = text.replacing("/etc/fieldpost/\(name)", with: pem) }
    let all = try load(text)
    let bare = try load(String(decoding: example, as: UTF8.self))
    #expect(all.uplink.keepAlive == bare.uplink.keepAlive && all.uplink.inFlight == bare.uplink.inFlight)
    #expect(all.uplink.connectTimeout == bare.uplink.connectTimeout)
    #expect(all.uplink.acknowledgeTimeout == bare.uplink.acknowledgeTimeout)
    #expect(all.uplink.retryCeiling == bare.uplink.retryCeiling && all.uplink.qos == bare.uplink.qos)
    #expect(all.uplink.topics.reading == bare.uplink.topics.reading && all.uplink.clientID == bare.uplink.clientID)
    #expect(all.uplink.tls?.key == pem && all.uplink.credentials?.username == "coldstore-7")
  }

  @Test("Every chip of the catalog loads with what it requires", arguments: Catalog.chips.map(\.name))
  func everyChip(_ name: String) throws {
    let chip = try #require(Catalog.chip(named: name))
    var keys = ["id: x", "driver: \(name)"]
    if case .i2c(let addresses, _) = chip.attachment {
      keys += ["bus: i2c-1", "address: \(addresses[0].lowerBound)"]
    }
    if name == "contact" { keys.append("line: GPIO4") }
    for option in chip.options where option.isRequired {
      if case .pattern(let example, _) = option.shape {
        keys.append("\(option.name): \(example)")
      } else {
        keys.append("\(option.name): thing")
      }
    }
    let settings = try load(minimal(sensors: "  - {\(keys.joined(separator: ", "))}"))
    #expect(settings.sensors[0].chip.name == name && settings.sensors[0].every == SensorSettings.usualInterval)
  }
}
