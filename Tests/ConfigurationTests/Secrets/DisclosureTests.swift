import Testing

@testable import Configuration

@Suite("What may be a secret") struct DisclosureTests {
  /// Made for this test: no key opens anything.
  static let secrets = [
    "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----", "first line\nsecond line",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY9",
    "0123456789abcdef0123456789abcdef", "A1b2C3d4E5f6G7h8I9j0", "mqtt://me:hunter2@broker",
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg", "c2VjcmV0LXdpdGgtYmFzZTY0LTEyMw==",
    "AKIAIOSFODNN7EXAMPLE",
  ]

  @Test("Keys, tokens and what has several lines are taken for secrets", arguments: secrets)
  func secret(text: String) {
    #expect(Disclosure.mayBeSecret(text))
    #expect(shortened(text) == Disclosure.left)
    #expect(!Disclosure.isFileName(text))
  }

  @Test(
    "What a configuration says is not",
    arguments: [
      "mqtt://broker.example.com:1883", "10s", "64MiB", "0x48", "i2c-1/mux@0x70/3", "28-0000072b1c4f", "tmp102",
      "{prefix}/{device}/{sensor}", "/etc/fieldpost/certificates/Client2024/ca.pem", "coldstore-10000000abcdef12",
      "/sys/bus/w1/devices/28-0000072b1c4f/temperature", "temperature_calibration_point_2", "freezer-floor-2-left",
      "b827eb000001", "", "raspberrypi4.local", "must be one or the other",
      "/var/lib/fieldpost/spool", "99999999999999999999",
      "/etc/fieldpost/broker.example.com/Coldstore7-client-certificate-2026.pem",
      "/tmp/tmp.R7BHIb4jqB/fieldpost-903EB94A-4E3C-BC5F/devices.yaml",
    ])
  func harmless(text: String) { #expect(!Disclosure.mayBeSecret(text) && shortened(text) != Disclosure.left) }

  @Test("A UUID may be a token where no name belongs; an id or a path with one in it is none")
  func identifiers() throws {
    let uuid = "550e8400-e29b-41d4-a716-446655440000"
    for line in ["qos: \(uuid)", "broker: \(uuid)", "\(uuid): 1", "password: {credential: \(uuid)}"] {
      for shown in renderings(file(uplink: [line])) { #expect(!shown.contains(uuid), "\(shown)") }
    }
    #expect(!Disclosure.holdsUUID("/tmp/\(uuid)/devices.yaml"))
    #expect(!Disclosure.holdsUUID("gateway-\(uuid)"))
    let text = "device: {id: \(uuid)}\nuplink: {broker: mqtt://broker, qos: 7}\nsensors: []\n"
    #expect(withoutSecrets(Array(text.utf8)).contains("id: \(uuid)"))
  }

  @Test(
    "A word in place of a name that leads nowhere may be the secret",
    arguments: [
      "password: {credential: hunter2}", "password: {env: HUNTER}", "tls: {key: hunter2, certificate: c.pem}",
      "tls: {ca: hunter2}", "tls: {certificate: hunter2, key: k.pem}",
      "tls: {psk: {identity: box, key: {env: HUNTER}}}",
      "tls: {psk: {identity: box, key: {credential: hunter2}}}",
    ])
  func wordsForNames(line: String) {
    let text = file(uplink: ["username: joe", line]).replacing("mqtt://", with: "mqtts://")
    for shown in renderings(text) + [withoutSecrets(Array(text.utf8))] {
      #expect(!shown.contains("hunter2"), "\(shown)")
      #expect(!shown.contains("HUNTER"), "\(shown)")
    }
  }

  @Test("A name that says what it is for is shown, also if it leads nowhere")
  func namesForNames() {
    func reason(_ line: String) -> String {
      reasons(file(uplink: ["username: joe", line]).replacing("mqtt://", with: "mqtts://")).joined()
    }
    #expect(reason("password: {credential: broker-password}").contains("credentials/broker-password: No such file"))
    #expect(reason("password: {env: MQTT_PASSWORD}").contains("MQTT_PASSWORD is not set"))
    #expect(reason("tls: {ca: broker-ca}").contains("broker-ca: No such file"))
    #expect(reason("tls: {ca: certificates/ca.crt}").contains("certificates/ca.crt: No such file"))
  }

  @Test("A certificate or key pasted in place of its path is told without it", arguments: ["ca", "certificate", "key"])
  func pasted(key: String) throws {
    let block = "  \(key): |\n" + Self.secrets[0].split(separator: "\n").map { "      \($0)\n" }.joined()
    let text = file(uplink: ["tls:", block]).replacing("mqtt://", with: "mqtts://")
    let error = try #require(failure(text))
    #expect(
      error.problems.contains { $0.path == "uplink.tls.\(key)" && $0.reason.contains("must be the path of a file") })
    for shown in renderings(text) { #expect(!shown.contains("MIGH") && !shown.contains("BEGIN"), "\(shown)") }
    let redacted = withoutSecrets(Array(text.utf8))
    #expect(!redacted.contains("MIGH"), "\(redacted)")
    #expect(redacted.contains("\(key): # (left out"), "\(redacted)")
  }

  @Test("The name of a file that is not there is told; what has not the form of one is not")
  func fileNames() {
    func reason(_ name: String) -> String {
      reasons(file(uplink: ["username: joe", "password: {file: \(name)}"])).joined()
    }
    #expect(reason("password.txt").contains("password.txt: No such file"))
    #expect(reason("broker-password").contains("broker-password: No such file"))
    #expect(reason("/nowhere/x").contains("/nowhere/x: No such file"))
    for secret in ["hunter2", "MyPassw0rd!", "correct horse battery", "A1b2C3d4E5f6G7h8I9j0"] {
      let text = file(uplink: ["username: joe", "password: {file: \(secret)}"])
      for shown in renderings(text) { #expect(!shown.contains(secret) && shown.contains("path of a file"), "\(shown)") }
    }
  }

  @Test(
    "What may be a password in a broken address is not shown",
    arguments: [
      "mqtt://h?password=hunter2", "u:hunter2", "mqtt://user:hunter2", "mqtt://u:hunter2/", "mqtt://hunter2!",
    ])
  func addresses(broker: String) {
    let text = "device: {id: box}\nuplink: {broker: \"\(broker)\"}\nsensors: []\n"
    for shown in renderings(text) + [withoutSecrets(Array(text.utf8))] {
      #expect(!shown.contains("hunter2"), "\(shown)")
    }
    #expect(
      renderings("device: {id: box}\nuplink: {broker: mqtt://h:0}\nsensors: []\n").allSatisfy { $0.contains("h:0") })
  }

  @Test("A word that is no file's name is left out of the copy for others, though nobody looks for the file there")
  func noFile() {
    for word in ["Sommer2024!", "9f86d081884c7d65", "correct horse battery"] {
      let text = file(uplink: ["username: joe", "password: {file: \(word)}"])
      #expect(!withoutSecrets(Array(text.utf8)).contains(word))
    }
  }

  @Test("A key that is not known is shown without its value, wherever it stands")
  func unknownKeys() {
    for line in [
      "apikey: hunter2", "mqqt_code: hunter2", "{zugang: hunter2}", "x: hunter2  # hunter2", "qos: 9 # hunter2",
    ] {
      for shown in renderings(file(uplink: [line])) { #expect(!shown.contains("hunter2"), "\(shown)") }
    }
  }

  @Test("The copy for others has what is known and right, and nothing else")
  func redaction() throws {
    let text = """
      # token hunter2 of the old broker
      device: {id: box}
      uplink:
        broker: mqtt://broker   # hunter2
        qos: nine-hunter2
        username: hunter2
        client_id: hunter2
        zugang: hunter2
        commands: {allow: [status, read-now]}
      sensors:
        - {id: a, driver: tmp102, bus: i2c-1/mux@0x70/3, address: 0x48, note: hunter2}
        - hunter2
      hunter2: x
      """
    let shown = withoutSecrets(Array(text.utf8))
    #expect(!shown.contains("hunter2"), "\(shown)")
    for line in [
      "id: box", "broker: mqtt://broker", "- status", "driver: tmp102", "bus: i2c-1/mux@0x70/3", "address: 0x48",
    ] { #expect(shown.contains(line), "\(line)\n\(shown)") }
    let broken = withoutSecrets(Array("device: {id: hunter2\nuplink:\n  qos: hunter2\nhunter2\n".utf8))
    #expect(!broken.contains("hunter2"), "\(broken)")
    #expect(broken.contains("qos:"), "\(broken)")
    // It is YAML still, so that its form can be looked at.
    let parsed: YAMLNode? = try YAMLParser.parse(Array(shown.utf8))
    #expect(parsed != nil)
  }
}
