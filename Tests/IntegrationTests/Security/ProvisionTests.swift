import Foundation
import Testing

/// `fieldpost provision`: a folder on the boot partition becomes the configuration in use, or says why not.
@Suite("Provisioning by file")
struct ProvisionTests {
  let workplace: Workplace
  private let group: String

  init() throws {
    workplace = try Workplace()
    group = String(cString: try #require(getgrgid(getgid())).pointee.gr_name)
    try FileManager.default.createDirectory(atPath: workplace.path("boot"), withIntermediateDirectories: true)
  }

  private var boot: String { workplace.path("boot") }
  private var store: String { workplace.path("etc") }

  private func run(under tracer: [String] = []) throws -> (status: Int32?, text: String) {
    let command =
      tracer + [
        programs + "/fieldpost", "provision", "--from", boot, "--to", store, "--group", group, "--root",
        workplace.path("root"),
      ]
    let program = try Program("/usr/bin/env", command)
    let status = program.exitStatus()
    return (status, program.lines.joined(separator: "\n"))
  }

  private func configuration(_ sensor: String = "a", driver: String = "tmp105", uplink: String = "") -> String {
    """
    device: {id: bench}
    uplink: {broker: "mqtt://127.0.0.1"\(uplink)}
    sensors:
      - {id: \(sensor), driver: \(driver), bus: i2c-1, address: 0x48}

    """
  }

  private static let secret = ", username: board, password: {file: password.txt}"

  private func content(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map(Array.init) }

  private func files(_ directory: String) -> [String: [UInt8]] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return Dictionary(
      uniqueKeysWithValues: names.compactMap { name in content("\(directory)/\(name)").map { (name, $0) } })
  }

  /// The configuration in use and what is beside it.
  private func inUse() -> [String: [UInt8]] {
    guard let path = realpath(store + "/devices.yaml", nil) else { return [:] }
    defer { free(path) }
    return files((String(cString: path) as NSString).deletingLastPathComponent)
  }

  private func text(inUse name: String) -> String? { inUse()[name].map { String(decoding: $0, as: UTF8.self) } }

  private func note(_ name: String) -> String? {
    content("\(boot)/devices.yaml.\(name).txt").map { String(decoding: $0, as: UTF8.self) }
  }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test("A configuration written with Windows is taken into use as it is meant, and away from where all can read it")
  func taken() throws {
    let mark = "\u{FEFF}"
    let windows = configuration(uplink: Self.secret).replacing("\n", with: "\r\n")
    try workplace.write(mark + windows, to: "boot/devices.yaml")
    try workplace.write(mark + "geheim\r\n", to: "boot/password.txt")
    try workplace.write("", to: "boot/._devices.yaml")
    let run = try run()
    #expect(run.status == 0, "\(run.text)")
    #expect(inUse() == ["devices.yaml": Array(windows.utf8), "password.txt": Array("geheim\r\n".utf8)])
    #expect(try mode(store + "/set-1") == 0o750)
    #expect(try mode(store + "/set-1/password.txt") == 0o640)
    #expect(files(boot).keys.sorted() == ["._devices.yaml", "devices.yaml.accepted.txt"])
    #expect(note("accepted")?.hasPrefix("devices.yaml: no mistakes\ndevice bench, ") == true)

    // Nothing new: nothing is done.
    let again = try self.run()
    #expect(again.status == 0)
    #expect(again.text.isEmpty)
    #expect(inUse().count == 2)
  }

  @Test("A bad one is told beside it, in the words of fieldpost check, and the old one stays")
  func refused() throws {
    try workplace.write(configuration(), to: "boot/devices.yaml")
    #expect(try run().status == 0)
    let old = inUse()
    try workplace.write(configuration(driver: "tmp1o5"), to: "boot/devices.yaml")
    let check = try Program("/bin/sh", ["-c", "cd '\(boot)' && '\(programs)/fieldpost' check devices.yaml"])
    #expect(check.exitStatus() == 78)
    let run = try run()
    #expect(run.status == 78)
    #expect(run.text == check.lines.joined(separator: "\n"))
    #expect(note("errors") == check.lines.joined(separator: "\n") + "\n")
    #expect(note("accepted") == nil)
    #expect(inUse() == old)
    #expect(!old.isEmpty)
    #expect(files(store + "/.incoming").isEmpty)

    // Mended, with the note still there.
    try workplace.write(configuration("b"), to: "boot/devices.yaml")
    #expect(try self.run().status == 0)
    #expect(note("errors") == nil)
    #expect(text(inUse: "devices.yaml") == configuration("b"))
  }

  @Test("What is missing, or not what it should be, is told by its name")
  func missing() throws {
    let tls = ", tls: {ca: ca.pem}"
    try workplace.write(
      configuration(uplink: tls).replacing("mqtt:", with: "mqtts:"), to: "boot/devices.yaml")
    #expect(try run().status == 78)
    #expect(
      note("errors")?.contains("uplink.tls.ca: ca.pem: No such file or directory") == true, "\(note("errors") ?? "")")

    try workplace.write("-", to: "boot/ca.pem")
    try workplace.write(
      configuration(uplink: ", tls: {ca: /nowhere/ca.pem}").replacing("mqtt:", with: "mqtts:"), to: "boot/devices.yaml")
    #expect(try run().status == 78)
    #expect(
      note("errors")?.hasSuffix("ca.pem is in this folder: name it in devices.yaml as ca.pem, without a path\n") == true
    )

    try FileManager.default.removeItem(atPath: boot + "/devices.yaml")
    #expect(try run().status == 78)
    #expect(note("errors") == "there is no file devices.yaml here\n")

    try workplace.write(configuration(), to: "boot/devices.yaml.txt")
    #expect(try run().status == 78)
    #expect(note("errors")?.contains("devices.yaml.txt has to be renamed") == true)

    try FileManager.default.createDirectory(atPath: boot + "/devices.yaml", withIntermediateDirectories: true)
    #expect(try run().status == 78)
    #expect(note("errors") == "devices.yaml is not a file\n")

    try FileManager.default.removeItem(atPath: boot + "/devices.yaml")
    try workplace.write(String(repeating: "#", count: (1 << 20) + 1), to: "boot/devices.yaml")
    #expect(try run().status == 78)
    #expect(note("errors") == "devices.yaml is larger than 1048576 bytes\n")
    #expect(inUse().isEmpty)
  }

  @Test("What the folder does not bring stays as it was: a new password alone")
  func overlay() throws {
    try workplace.write(configuration(uplink: Self.secret), to: "boot/devices.yaml")
    try workplace.write("old", to: "boot/password.txt")
    #expect(try run().status == 0)
    try workplace.write("new", to: "boot/password.txt")
    #expect(try run().status == 0)
    #expect(text(inUse: "password.txt") == "new")
    #expect(text(inUse: "devices.yaml") == configuration(uplink: Self.secret))
    // One set before is kept, for a daemon that runs.
    try workplace.write("newer", to: "boot/password.txt")
    #expect(try run().status == 0)
    let sets = try FileManager.default.contentsOfDirectory(atPath: store)
    #expect(sets.sorted() == ["devices.yaml", "set-2", "set-3"])
  }

  @Test("What was written by hand is replaced, and kept beside it")
  func byHand() throws {
    try workplace.write(configuration("hand"), to: "etc/devices.yaml")
    try workplace.write(configuration("card"), to: "boot/devices.yaml")
    #expect(try run().status == 0)
    #expect(text(inUse: "devices.yaml") == configuration("card"))
    #expect(files(store)["devices.yaml.before"] == Array(configuration("hand").utf8))
  }

  @Test("An id by the board's serial number is what this board would have")
  func fleet() throws {
    let named = configuration().replacing("bench", with: "\"bench-{serial}\"")
    try workplace.write(named, to: "boot/devices.yaml")
    #expect(try run().status == 78)
    #expect(note("errors")?.contains("1:14: error: device.id: {serial}: this board has no serial number") == true)
    try workplace.write("c0ffee\0", to: "root/sys/firmware/devicetree/base/serial-number")
    #expect(try run().status == 0)
    #expect(note("accepted")?.contains("device bench-c0ffee, ") == true)

    // An interface may come up later: the daemon tries again, and so this is no mistake.
    try workplace.write(configuration().replacing("bench", with: "\"{mac}\""), to: "boot/devices.yaml")
    #expect(try run().status == 0)
    #expect(note("accepted")?.contains("device {mac}, ") == true)
  }

  /// Old configuration in use, new one in the folder.
  private func prepare() throws {
    for directory in [boot, store] { try? FileManager.default.removeItem(atPath: directory) }
    try workplace.write(configuration("old", uplink: Self.secret), to: "boot/devices.yaml")
    try workplace.write("old", to: "boot/password.txt")
    #expect(try run().status == 0)
    try workplace.write(configuration("new", uplink: Self.secret), to: "boot/devices.yaml")
    try workplace.write("brand-new", to: "boot/password.txt")
  }

  private static func set(_ sensor: String, _ password: String, _ tests: ProvisionTests) -> [String: [UInt8]] {
    [
      "devices.yaml": Array(tests.configuration(sensor, uplink: secret).utf8), "password.txt": Array(password.utf8),
    ]
  }

  /// The invariant after every failure: one of the two is in use, whole; and the next run ends what was begun.
  private func expectWhole(_ fault: String) throws {
    let (old, new) = (Self.set("old", "old", self), Self.set("new", "brand-new", self))
    let found = inUse()
    #expect(found == old || found == new, "\(fault): \(found.mapValues { String(decoding: $0, as: UTF8.self) })")
    let run = try run()
    #expect(run.status == 0, "after \(fault): \(run.text)")
    #expect(inUse() == new, "after \(fault)")
    let left = files(boot).keys.filter { $0 != "devices.yaml.accepted.txt" }
    #expect(left.isEmpty, "after \(fault): \(left)")
  }

  private static let steps = [
    "mkdir", "openat", "write", "fsync", "chown", "chmod", "rename", "symlink", "unlink", "rmdir",
  ]

  @Test("Power cut before each system call", arguments: steps)
  func powerCut(call: String) throws {
    var count = 0
    for number in 1...150 {
      try prepare()
      let status = try run(under: tracer(call, number, "signal=SIGKILL")).status
      if status == 0 { break }
      count += 1
      #expect(status == -SIGKILL || status == 128 + SIGKILL, "\(call) \(number): \(status ?? -1)")
      try expectWhole("a cut before \(call) number \(number)")
    }
    // Sets are removed from the third on.
    #expect(count > 0 || call == "rmdir", "no \(call) was met")
  }

  private func tracer(_ call: String, _ number: Int, _ fault: String) -> [String] {
    ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e", "inject=\(call):\(fault):when=\(number)"]
  }

  @Test(
    "A disk that is full, fails or is read-only",
    arguments: [
      ("write", "ENOSPC"), ("fsync", "EIO"), ("rename", "EROFS"), ("symlink", "ENOSPC"), ("unlink", "EROFS"),
      ("mkdir", "ENOSPC"),
    ])
  func failing(call: String, error: String) throws {
    var failures = 0
    for number in 1...12 {
      try prepare()
      let run = try run(under: tracer(call, number, "error=\(error)"))
      try expectWhole("\(error) of \(call) number \(number), which said \(run.text)")
      if run.status == 74 { failures += 1 }
    }
    #expect(failures > 0)
  }

  @Test("A medium that cannot be read changes nothing and says so")
  func unreadable() throws {
    try prepare()
    let run = try run(
      under: ["strace", "-f", "-qq", "-o", "/dev/null", "-P", boot + "/password.txt", "-e", "inject=read:error=EIO"])
    #expect(run.status == 74)
    #expect(run.text.contains("read \(boot)/password.txt: Input/output error"), "\(run.text)")
    try expectWhole("EIO")
  }
}
