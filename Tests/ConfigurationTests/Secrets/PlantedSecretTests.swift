import Drivers
import Foundation
import TestSupport
import Testing

@testable import Configuration

/// People paste passwords, tokens and keys into wrong places. Here they stand in every place that there is.
@Suite("A secret in any place is shown nowhere") struct PlantedSecretTests {
  /// A group of keys, and what stands before its lines.
  struct Group: CustomTestStringConvertible, Sendable {
    let name: String
    let head: String
    let indentation: Int
    /// Nil: all that are known in it.
    var keys: [String]?
    var testDescription: String { name }

    /// The configuration with these lines in the group.
    func text(_ lines: [String]) -> String {
      let margin = String(repeating: " ", count: indentation)
      return head
        + lines.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        .map { margin + $0 + "\n" }.joined()
    }
  }

  static let groups: [Group] = {
    let device = "device: {id: box}\n"
    let uplink = device + "uplink:\n  broker: mqtts://broker\n  username: joe\n"
    let sensors = uplink + "sensors:\n"
    let plain = ["", "device", "uplink", "buffer", "log", "status", "metrics", "defaults"].map {
      Group(
        name: $0, head: $0.isEmpty ? "" : (["device", "uplink"].contains($0) ? "" : uplink) + "\($0):\n",
        indentation: $0.isEmpty ? 0 : 2)
    }
    let inUplink = ["password", "tls", "batch", "commands", "topics"].map {
      Group(name: "uplink.\($0)", head: uplink + "  \($0):\n", indentation: 4)
    }
    // The keys that every sensor has are tried with one of them.
    let drivers = Catalog.chips.filter { !$0.options.isEmpty || $0.name == "sht3x" }.map { chip in
      Group(
        name: "sensors: \(chip.name)", head: sensors + "  - driver: \(chip.name)\n", indentation: 4,
        keys: chip.name == "sht3x" ? nil : chip.options.map(\.name))
    }
    let sensor = sensors + "  - driver: sht3x\n"
    return plain + inUplink + drivers + [
      Group(name: "uplink.tls.psk", head: uplink + "  tls:\n    psk:\n", indentation: 6),
      Group(name: "uplink.tls.psk.key", head: uplink + "  tls:\n    psk:\n      key:\n", indentation: 8),
      Group(name: "buses", head: uplink + "buses:\n  - name: i2c-1\n", indentation: 4),
      Group(name: "sensors.humidity", head: sensor + "    humidity:\n", indentation: 6),
      Group(name: "sensors.alarms", head: sensor + "    alarms:\n", indentation: 6),
      Group(name: "sensors.alarms.rate", head: sensor + "    alarms:\n      rate:\n", indentation: 8),
      Group(name: "sensors.humidity.alarms", head: sensor + "    humidity:\n      alarms:\n", indentation: 8),
      Group(name: "sensors.range", head: sensor + "    range:\n", indentation: 6),
      Group(name: "sensors.calibration", head: sensor + "    calibration:\n      - measured: 1\n", indentation: 8),
    ]
  }()

  /// Every word that the reader of configurations has in quotation marks, and what every driver has and measures.
  static let words: [String] = {
    let sources = URL(fileURLWithPath: projectFolder + "/Sources/Configuration")
    let found = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    let files = found?.compactMap { $0 as? URL } ?? []
    let texts = files.compactMap { try? String(contentsOf: $0, encoding: .utf8) }
    let literals = texts.flatMap { $0.matches(of: #/"([a-z][a-z_]*)"/#).map { String($0.1) } }
    let lines = ["power", "alert"].flatMap { prefix in ["line", "chip", "offset"].map { "\(prefix)_\($0)" } }
    return Set(literals + lines + Catalog.chips.flatMap { $0.options.map(\.name) + $0.measures.map(\.name) }).sorted()
  }()

  /// The table of keys: those of the words that are known in the group.
  static func keys(of group: Group) -> [String] {
    stride(from: 0, to: words.count, by: 40).flatMap { start -> [String] in
      let part = words[start..<min(start + 40, words.count)]
      let unknown = Set(
        reasons(group.text(part.map { "\($0):" })).compactMap { reason in
          reason.firstMatch(of: #/unknown key "([a-z_]+)"/#).map { String($0.1) }
        })
      return part.filter { !unknown.contains($0) }
    }
  }

  /// What is planted, by the way in which it stands there, and no part of which may be seen.
  static let secrets: [(name: String, written: String, parts: [String])] = [
    ("a token", "wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY9", ["wJalr", "PLEKEY9"]),
    ("a key in hexadecimal digits", "\"0f1e2d3c4b5a69788796a5b4c3d2e1f0\"", ["0f1e2d", "d2e1f0"]),
    (
      "a block",
      "|\n  -----BEGIN PRIVATE KEY-----\n  MIGHAgEAMBMGByqG\n  SM49AgEGCCqGSM49\n  -----END PRIVATE KEY-----",
      ["MIGH", "SM49", "BEGIN"]
    ),
    ("two lines", "\"first-half\\nsecond-half\"", ["first-half", "second-half"]),
    ("a URL with a password", "mqtt://me:hunter2@broker", ["hunter2"]),
    ("a list", "[wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY9]", ["wJalr", "PLEKEY9"]),
    ("a key of a group", "{wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY9: 1}", ["wJalr", "PLEKEY9"]),
    ("a comment", "1 # wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY9", ["wJalr", "PLEKEY9"]),
    ("a tag", "!wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY9 1", ["wJalr", "PLEKEY9"]),
    ("a text without its end", "\"wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY9", ["wJalr", "PLEKEY9"]),
  ]

  @Test("A secret in the place of any value, in messages, in the log, and in the copy for support", arguments: groups)
  func planted(group: Group) throws {
    let keys = group.keys ?? Self.keys(of: group)
    #expect(!keys.isEmpty, "the table of keys has nothing of \(group.name)")
    let secrets = group.keys == nil ? Self.secrets[...] : Self.secrets.prefix(3)
    for key in keys + ["nobody_knows"] {
      for secret in secrets {
        expectHidden(group.text(["\(key): \(secret.written)"]), secret.parts, "\(key), \(secret.name)")
      }
    }
  }

  private func expectHidden(_ text: String, _ parts: [String], _ what: String) {
    var shown = withoutSecrets(Array(text.utf8))
    if let error = failure(text) {
      shown += error.rendered(inColour: false) + error.problems.map { error.line(of: $0) + "\n" }.joined()
    }
    for part in parts where shown.contains(part) { Issue.record("\(what): \(part) in\n\(shown)") }
  }

  @Test("The table of keys knows what the manual names") func table() {
    func keys(_ name: String) -> [String] { Self.groups.first { $0.name == name }.map(Self.keys) ?? [] }
    #expect(keys("").contains("uplink"))
    #expect(keys("").contains("metrics"))
    #expect(Set(["broker", "username", "password", "client_id", "topics", "commands"]).isSubset(of: keys("uplink")))
    #expect(Set(["ca", "certificate", "key", "psk", "alpn", "insecure"]).isSubset(of: keys("uplink.tls")))
    #expect(Set(["id", "bus", "address", "alert_line", "alarms", "humidity"]).isSubset(of: keys("sensors: sht3x")))
    #expect(!keys("buffer").contains("username"))
  }
}
