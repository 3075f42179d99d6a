import Foundation
import TestSupport
import Testing

/// Attacks by somebody who can write to the boot partition and is not root. Provisioning must refuse them.
@Suite("Provisioning is no way in")
struct ProvisionGuardTests {
  let workplace: Workplace
  private let group: String

  init() throws {
    workplace = try Workplace()
    group = String(cString: try #require(getgrgid(getgid())).pointee.gr_name)
    try FileManager.default.createDirectory(atPath: boot, withIntermediateDirectories: true)
  }

  private var boot: String { workplace.path("boot") }

  private func provision() throws -> Ended {
    try Ended([
      "provision", "--from", boot, "--to", workplace.path("etc"), "--group", group, "--root", workplace.path("root"),
    ])
  }

  private func configuration(_ broker: String = "mqtt://old.example.com", _ more: String = "") -> String {
    """
    device: {id: bench}
    uplink:
      broker: \(broker)
      username: board
      password: {file: password.txt}
    \(more)
    sensors:
      - {id: a, driver: tmp105, bus: i2c-1, address: 0x48}

    """
  }

  private func inUse(_ name: String = "devices.yaml") -> String? {
    guard let path = realpath(workplace.path("etc/devices.yaml"), nil) else { return nil }
    defer { free(path) }
    let folder = (String(cString: path) as NSString).deletingLastPathComponent
    return try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)
  }

  private var errors: String { (try? String(contentsOfFile: boot + "/devices.yaml.errors.txt", encoding: .utf8)) ?? "" }

  /// One configuration with its password, in use.
  private func start(_ text: String) throws {
    try workplace.write(text, to: "boot/devices.yaml")
    try workplace.write("kept-secret", to: "boot/password.txt")
    let run = try provision()
    #expect(run.status == 0, "\(run.text)")
  }

  @Test(
    "A card alone does not send the password that is kept on the board to another broker",
    arguments: [
      "mqtt://new.example.com", "mqtt://old.example.com:1884", "[mqtt://old.example.com, mqtt://new.example.com]",
      "mqtts://new.example.com",
    ])
  func anotherBroker(broker: String) throws {
    try start(configuration())
    try workplace.write(configuration(broker), to: "boot/devices.yaml")
    var run = try provision()
    #expect(run.status == 78, "\(run.text)")
    #expect(errors.contains("is not a broker of the configuration in use (mqtt://old.example.com:1883)"), "\(errors)")
    #expect(errors.contains("password: {file: password.txt}"), "\(errors)")
    #expect(!errors.contains("kept-secret"), "\(errors)")
    #expect(inUse() == configuration())
    // With the password for the new one it is taken.
    try workplace.write("new-secret", to: "boot/password.txt")
    run = try provision()
    #expect(run.status == 0, "\(run.text)")
    #expect(inUse() == configuration(broker))
    #expect(inUse("password.txt") == "new-secret")
  }

  @Test("Nor in clear, where it went encrypted, nor to anybody who poses as the broker")
  func weaker() throws {
    try start(configuration("mqtts://old.example.com"))
    for text in [
      configuration("mqtt://old.example.com"), configuration("mqtts://old.example.com", "  tls: {insecure: true}"),
    ] {
      try workplace.write(text, to: "boot/devices.yaml")
      #expect(try provision().status == 78)
      #expect(errors.contains("password"), "\(errors)")
      #expect(inUse() == configuration("mqtts://old.example.com"), "\(errors)")
    }
  }

  @Test("A password of systemd's, of the environment, or of a file elsewhere is kept to its broker too")
  func credentials() throws {
    let file = try workplace.write("kept-secret", to: "secret.txt")
    chmod(file, 0o600)
    try start(configuration())
    for source in ["{credential: broker}", "{env: PASSWORD}", "{file: \(file)}"] {
      let text = configuration("mqtt://new.example.com").replacing("{file: password.txt}", with: source)
      try workplace.write(text, to: "boot/devices.yaml")
      #expect(try provision().status == 78)
      #expect(errors.contains("is not a broker of the configuration in use"), "\(source): \(errors)")
    }
  }

  private func provision(_ text: String) throws -> Ended {
    try workplace.write(text, to: "boot/devices.yaml")
    return try provision()
  }

  private func anonymous(_ text: String) -> String {
    text.replacing("  username: board\n  password: {file: password.txt}\n", with: "")
  }

  @Test(
    "Nor in two steps: a configuration without a password is no measure for the next one",
    arguments: ["{file: password.txt}", "{credential: broker}", "{env: PASSWORD}"])
  func twoSteps(source: String) throws {
    try start(configuration())
    // Carried along, however many of them there are.
    for broker in ["mqtt://evil.example.com", "mqtt://other.example.com", "mqtt://evil.example.com"] {
      let run = try provision(anonymous(configuration(broker)))
      #expect(run.status == 0, "\(run.text)")
    }
    let evil = configuration("mqtt://evil.example.com")
    #expect(try provision(evil.replacing("{file: password.txt}", with: source)).status == 78)
    #expect(
      errors.contains("is not a broker of the last configuration with a password (mqtt://old.example.com:1883)"),
      "\(errors)")
    #expect(inUse() == anonymous(evil))
    #expect(!errors.contains("kept-secret"))
    // To its own broker it may go, and a broker that is brought with a password of its own is another one's.
    #expect(try provision(configuration()).status == 0)
    #expect(inUse() == configuration())
    #expect(inUse("password.txt") == "kept-secret")
    try workplace.write("new-secret", to: "boot/password.txt")
    #expect(try provision(evil).status == 0)
    #expect(inUse() == evil)
    #expect(inUse("password.txt") == "new-secret")
  }

  @Test("A broker that came with a password of its own does not get another one that is kept, at once or later")
  func anotherPassword() throws {
    try start(configuration())
    let evil = configuration("mqtt://evil.example.com")
    let own = evil.replacing("password.txt", with: "own.txt")
    try workplace.write("own-secret", to: "boot/own.txt")
    #expect(try provision(own).status == 0)
    let old = workplace.path("etc/set-1/password.txt")
    for source in ["{credential: broker}", "{file: password.txt}", "{file: \(old)}", "{file: ./password.txt}"] {
      #expect(try provision(evil.replacing("{file: password.txt}", with: source)).status == 78)
      #expect(errors.contains("another one that is kept on the board"), "\(source): \(errors)")
    }
    #expect(try provision(anonymous(evil)).status == 0)
    #expect(try provision(evil).status == 78)
    #expect(errors.contains("another one that is kept on the board"), "\(errors)")
    // Its own it may have.
    #expect(try provision(own).status == 0)
    #expect(inUse() == own)
    #expect(inUse("own.txt") == "own-secret")
  }

  @Test("Nor to a broker of the same address by another authority: a new file, a new name, or none", arguments: [1, 2])
  func authority(steps: Int) throws {
    let plain = configuration("mqtts://old.example.com")
    let guarded = configuration("mqtts://old.example.com", "  tls: {ca: ca.pem}")
    func refused(_ text: String, _ reason: String, ca name: String? = nil) throws {
      if let name { try workplace.write("evil authority", to: "boot/" + name) }
      if steps == 2 {
        let run = try provision(anonymous(text))
        #expect(run.status == 0, "\(run.text)")
      }
      #expect(try provision(text).status == 78)
      #expect(errors.contains(reason), "\(errors)")
      try? FileManager.default.removeItem(atPath: boot + "/" + (name ?? "none"))
    }
    try start(plain)
    try refused(guarded, "uplink.tls.ca is new: ", ca: "ca.pem")
    try workplace.write("authority", to: "boot/ca.pem")
    try start(guarded)
    try refused(guarded, "uplink.tls.ca is new: ", ca: "ca.pem")
    try refused(guarded.replacing("ca.pem", with: "other.pem"), "uplink.tls.ca is new: ", ca: "other.pem")
    try refused(plain, "uplink.tls.ca is gone: ")
    // The same one again is no change; and with the password another one may come.
    try workplace.write("authority", to: "boot/ca.pem")
    var run = try provision(guarded)
    #expect(run.status == 0, "\(run.text)")
    #expect(inUse() == guarded, "\(run.text)")
    try workplace.write("next authority", to: "boot/ca.pem")
    try workplace.write("kept-secret", to: "boot/password.txt")
    run = try provision()
    #expect(run.status == 0, "\(run.text)")
    #expect(inUse("ca.pem") == "next authority", "\(run.text)")
  }

  @Test("Nor to whoever knows a key that came on the card")
  func sharedKey() throws {
    let keyed = configuration("mqtts://old.example.com", "  tls: {psk: {identity: board, key: {file: psk.txt}}}")
    try workplace.write("00112233445566778899aabbccddeeff", to: "boot/psk.txt")
    try start(keyed)
    try workplace.write("ffeeddccbbaa99887766554433221100", to: "boot/psk.txt")
    #expect(try provision().status == 78)
    #expect(errors.contains("uplink.tls.psk is new: "), "\(errors)")
  }

  @Test("The same broker, or one fewer, or no password at all: a configuration may come alone")
  func same() throws {
    try start(configuration("[mqtt://old.example.com, mqtt://other.example.com]"))
    let nameless = configuration("mqtt://third.example.com").replacing(
      "  username: board\n  password: {file: password.txt}\n", with: "")
    for text in [configuration("mqtt://OTHER.example.com:1883"), configuration("mqtt://other.example.com/"), nameless] {
      try workplace.write(text, to: "boot/devices.yaml")
      let run = try provision()
      #expect(run.status == 0, "\(run.text)")
      #expect(inUse() == text, "\(run.text)")
    }
  }

  @Test(
    "Nothing in the folder is waited for: a pipe in the place of any file",
    arguments: [
      "devices.yaml", "devices.yaml.errors.txt", "devices.yaml.accepted.txt", "password.txt", "README.txt",
    ])
  func pipe(name: String) throws {
    if name != "devices.yaml" { try workplace.write("device: [\n", to: "boot/devices.yaml") }
    #expect(mkfifo(boot + "/" + name, 0o666) == 0)
    let run = try provision()
    #expect(run.status == 78, "\(run.text)")
    #expect(errors.contains(name == "devices.yaml" ? "devices.yaml is not a file" : "this is not YAML"), "\(errors)")
  }

  @Test("A second name of a file elsewhere is neither taken nor overwritten")
  func hardLink() throws {
    let treasure = try workplace.write("root-only-treasure", to: "vault/treasure")
    try workplace.write(configuration(), to: "boot/devices.yaml")
    #expect(link(treasure, boot + "/password.txt") == 0)
    let run = try provision()
    #expect(run.status == 74, "\(run.text)")
    #expect(run.text.contains("hard link"), "\(run.text)")
    #expect(try String(contentsOfFile: treasure, encoding: .utf8) == "root-only-treasure")
    #expect(inUse() == nil)
  }

  @Test(
    "A folder whose number has no next one is somebody else's",
    arguments: [
      "set-9223372036854775807", "set-9999999999999999999999", "set--1", "set-+5", "set-999999999",
    ])
  func numbers(name: String) throws {
    try FileManager.default.createDirectory(atPath: workplace.path("etc/" + name), withIntermediateDirectories: true)
    try start(configuration())
    try start(configuration("mqtt://new.example.com"))
    #expect(inUse() == configuration("mqtt://new.example.com"))
    #expect(FileManager.default.fileExists(atPath: workplace.path("etc/" + name)) || name == "set-999999999")
  }

  @Test("The unit gives provisioning a deadline, because the daemon waits for it")
  func deadline() throws {
    let unit = projectFolder + "/systemd/fieldpost-provision.service"
    let lines = try String(contentsOfFile: unit, encoding: .utf8).split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("TimeoutStartSec=") && Int($0.dropFirst(16)).map { 1...300 ~= $0 } == true })
  }
}
