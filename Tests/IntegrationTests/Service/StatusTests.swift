import Foundation
import Linux
import Testing

/// `fieldpost status`, asked of the real daemon.
@Suite("Local status", .serialized)
struct StatusTests {
  let workplace: Workplace
  var socketPath: String { workplace.path("status") }

  init() throws { workplace = try Workplace() }

  private func start(
    _ broker: Broker?, sensors: String = Daemon.twoSensors, more: String = "", options: [String] = ["--simulate"],
    environment: [String: String] = [:]
  ) throws -> Program {
    let url = try broker?.url ?? "mqtt://127.0.0.1:\(freePort())"
    let text = Daemon.configuration(workplace, broker: url, sensors: sensors)
    return try Daemon.start(workplace, configuration: text + "\n" + more, options: options, environment: environment)
  }

  private func status(_ arguments: String...) throws -> (exit: Int32?, text: String) {
    let program = try Program(programs + "/fieldpost", ["status", "--socket", socketPath] + arguments)
    let exit = program.exitStatus()
    return (exit, program.lines.joined(separator: "\n"))
  }

  /// The daemon's own words; nil without an answer.
  private func answer() -> [String: Any]? {
    guard let bytes = try? callForAnswer(at: socketPath, within: .seconds(20)) else { return nil }
    return try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
  }

  private func waits(_ isSo: ([String: Any]) -> Bool) -> Bool { eventually { answer().map(isSo) ?? false } }

  private func sensor(_ id: String, _ answer: [String: Any]) -> [String: Any] {
    (answer["sensors"] as? [[String: Any]])?.first { $0["id"] as? String == id } ?? [:]
  }

  private func reasons(_ answer: [String: Any]) -> [String] { answer["reasons"] as? [String] ?? [] }

  private func end(_ daemon: Program) {
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("Healthy is 0, a lost broker and a new one 1, a daemon that has ended 2, one that was killed 2 and replaced")
  func life() throws {
    let broker = try Broker(workplace)
    let daemon = try start(broker)
    #expect(waits { $0["health"] as? String == "healthy" && (sensor("a", $0)["taken"] as? Int ?? 0) > 0 })
    let attributes = try FileManager.default.attributesOfItem(atPath: socketPath)
    #expect((attributes[.posixPermissions] as? NSNumber)?.int16Value == 0o660)
    let healthy = try status()
    #expect(healthy.exit == 0, "\(healthy.text)")
    for words in ["testbench", "healthy", "connected to 127.0.0.1:\(broker.port)", "i2c-1: healthy", "MQTT 5"] {
      #expect(healthy.text.contains(words), "\(words): \(healthy.text)")
    }
    #expect(!healthy.text.contains("\u{1B}"), "no colours into a pipe")
    #expect(healthy.text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(healthy.text)")

    broker.stop()
    #expect(waits { !reasons($0).isEmpty })
    let lost = try status()
    #expect(lost.exit == 1, "\(lost.text)")
    #expect(lost.text.contains("uplink: not connected to 127.0.0.1:\(broker.port)"), "\(lost.text)")
    try broker.start()
    #expect(waits { $0["health"] as? String == "healthy" })
    #expect((answer()?["uplink"] as? [String: Any])?["reconnects"] as? Int == 1)

    daemon.send(SIGKILL)
    _ = daemon.exitStatus()
    let dead = try status()
    #expect(dead.exit == 2, "\(dead.text)")
    #expect(dead.text.contains("left over from a fieldpostd that is gone"), "\(dead.text)")
    let second = try start(broker)
    #expect(waits { $0["health"] as? String == "healthy" })
    end(second)
    let gone = try status()
    #expect(gone.exit == 2)
    #expect(gone.text.contains("no socket at \(socketPath): fieldpostd is not running"))
    #expect(!FileManager.default.fileExists(atPath: socketPath))
  }

  @Test("--config names the socket, --json is the answer as it is")
  func wordsAndPrograms() throws {
    let other = workplace.path("other")
    let daemon = try start(nil, more: "status: {socket: \(other)}")
    #expect(eventually { FileManager.default.fileExists(atPath: other) })
    let program = try Program(
      programs + "/fieldpost", ["status", "--config", workplace.path("devices.yaml"), "--json"])
    #expect(program.exitStatus() == 1, "not connected: \(program.lines)")
    let json = try JSONSerialization.jsonObject(with: Data(program.lines.joined().utf8)) as? [String: Any]
    #expect(json?["status"] as? Int == 1)
    #expect(json?["pid"] as? Int32 == daemon.pid)
    end(daemon)
    let lost = try Program(programs + "/fieldpost", ["status", "--config", workplace.path("nowhere.yaml")])
    #expect(lost.exitStatus() == 2, "\(lost.lines)")
    #expect(lost.says("where to ask is not known"), "\(lost.lines)")
    for wrong in [["--json", "--watch"], ["--config", "x"], ["--watch"]] {
      #expect(try Program(programs + "/fieldpost", ["status", "--socket", "x"] + wrong).exitStatus() == 64)
    }
  }

  @Test("Asked while the uplink is replaced, again and again: afterwards it is healthy, and every thread answers")
  func duringReloads() throws {
    let broker = try Broker(workplace)
    let daemon = try start(broker)
    #expect(waits { $0["health"] as? String == "healthy" })
    for turn in 1...8 {
      let uplink = "  in_flight: \(turn)"
      try workplace.write(
        Daemon.configuration(workplace, broker: broker.url, uplink: uplink, sensors: Daemon.twoSensors),
        to: "devices.yaml")
      daemon.send(SIGHUP)
      for _ in 0..<3 { _ = answer() }
    }
    #expect(waits { $0["health"] as? String == "healthy" }, "\(daemon.lines)")
    end(daemon)
  }

  @Test("A devices.yaml that was refused is told until a good one is there")
  func refused() throws {
    let broker = try Broker(workplace)
    let daemon = try start(broker)
    #expect(waits { $0["health"] as? String == "healthy" })
    let good = try String(contentsOfFile: workplace.path("devices.yaml"), encoding: .utf8)
    try workplace.write(good + "\nbogus: 1\n", to: "devices.yaml")
    daemon.send(SIGHUP)
    #expect(waits { reasons($0).first?.hasPrefix("devices.yaml: refused ") == true })
    let told = try status()
    #expect(told.exit == 1, "\(told.text)")
    #expect(told.text.contains("1 mistake: the daemon would not start with it"), "\(told.text)")
    try workplace.write(good.replacing("id: testbench", with: "id: other"), to: "devices.yaml")
    daemon.send(SIGHUP)
    #expect(waits { reasons($0).first?.contains("only a restart can change device.id") == true })
    try workplace.write(good, to: "devices.yaml")
    daemon.send(SIGHUP)
    #expect(waits { $0["health"] as? String == "healthy" })
    end(daemon)
  }

  @Test("A sensor that cannot be read is named with its fault, and is well again afterwards")
  func fault() throws {
    let broker = try Broker(workplace)
    let file = "sys/bus/w1/devices/28-0316a2795bff/temperature"
    try workplace.write("21437\n", to: file)
    let daemon = try start(
      broker, sensors: "  - {id: brine, driver: ds18b20, device: 28-0316a2795bff, every: 1s}",
      options: ["--root", workplace.directory])
    #expect(waits { $0["health"] as? String == "healthy" && sensor("brine", $0)["success"] as? Double == 1 })
    try FileManager.default.removeItem(atPath: workplace.path(file))
    #expect(waits { sensor("brine", $0)["state"] as? String == "fault" })
    let ill = try status()
    #expect(ill.exit == 1, "\(ill.text)")
    #expect(ill.text.contains("brine: cannot be read for"), "\(ill.text)")
    #expect(ill.text.contains("21.437 °C"), "the last value stays: \(ill.text)")
    try workplace.write("22000\n", to: file)
    #expect(waits { $0["health"] as? String == "healthy" && sensor("brine", $0)["faults"] as? Int == 1 })
    end(daemon)
  }

  @Test("A bus whose thread hangs is not answering; what it said stays, and everything else is told")
  func hangingBus() throws {
    let broker = try Broker(workplace)
    try workplace.write("21437\n", to: "sys/bus/w1/devices/28-0316a2795bff/temperature")
    try workplace.write("7500\n", to: "boiler")
    let daemon = try start(
      broker,
      sensors: """
          - {id: brine, driver: ds18b20, device: 28-0316a2795bff, every: 1s}
          - {id: boiler, driver: file, path: /boiler, every: 1s}
        """, options: ["--root", workplace.directory])
    #expect(waits { sensor("boiler", $0)["state"] as? String == "ok" }, "\(daemon.lines)")
    // As a kernel driver does that waits for its chip.
    let strace = try hold("sysfs", of: daemon, in: "openat")
    #expect(waits { sensor("boiler", $0)["state"] as? String == "not answering" }, "\(daemon.lines)")
    let found = try #require(answer())
    #expect(reasons(found).contains { $0.hasPrefix("sysfs: not answering: reading boiler for") }, "\(reasons(found))")
    #expect(sensor("boiler", found)["values"] != nil)
    #expect(sensor("brine", found)["state"] as? String == "ok")
    #expect(found["spool"] is [String: Any])
    let taken = sensor("brine", found)["taken"] as? Int ?? 0
    #expect(waits { (sensor("brine", $0)["taken"] as? Int ?? 0) > taken })
    #expect(try status().exit == 1)
    strace.send(SIGINT)
    #expect(waits { sensor("boiler", $0)["state"] as? String == "ok" }, "\(daemon.lines)")
    end(daemon)
  }

  @Test("A disk that holds the spool's thread is told, with all that others know")
  func hangingSpool() throws {
    let broker = try Broker(workplace)
    try workplace.write("5000\n", to: "boiler")
    let daemon = try start(
      broker, sensors: "  - {id: boiler, driver: file, path: /boiler, every: 1s, alarms: {high: 10}}",
      options: ["--root", workplace.directory])
    #expect(waits { $0["health"] as? String == "healthy" })
    // An alarm is written to this file at once; opening a pipe that nobody reads blocks.
    let pipe = workplace.path("spool/alarms.new")
    try #require(mkfifo(pipe, 0o600) == 0)
    try workplace.write("50000\n", to: "boiler")
    #expect(waits { reasons($0).contains("spool: its thread does not answer") }, "\(daemon.lines)")
    let taken = sensor("boiler", try #require(answer()))["taken"] as? Int ?? 0
    #expect(waits { $0["spool"] is NSNull && (sensor("boiler", $0)["taken"] as? Int ?? 0) > taken })
    let found = try status()
    #expect(found.exit == 1, "\(found.text)")
    #expect(found.text.contains("spool    not answering"), "\(found.text)")
    #expect(found.text.contains("connected to 127.0.0.1:\(broker.port)"), "\(found.text)")
    let reader = open(pipe, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    unlink(pipe)
    #expect(waits { $0["health"] as? String == "healthy" }, "\(daemon.lines)")
    end(daemon)
  }

  @Test("Twenty at once are all answered, beside callers that never read")
  func many() throws {
    let daemon = try start(nil)
    #expect(waits { _ in true })
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(socketPath.utf8)) }
    let mute = (0..<10).map { _ in
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      let size = socklen_t(MemoryLayout<sockaddr_un>.size)
      withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(descriptor, $0, size) }
      }
      return descriptor
    }
    defer { for descriptor in mute { close(descriptor) } }
    let callers = try (0..<20).map { _ in
      try Program(programs + "/fieldpost", ["status", "--socket", socketPath, "--json"])
    }
    for caller in callers {
      #expect(caller.exitStatus() == 1)
      #expect(caller.lines.count == 1 && caller.lines[0].hasPrefix("{\"status\":1,"), "\(caller.lines)")
    }
    let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.pid)/fd").count
    #expect(descriptors < 40, "what was opened for callers is closed")
    end(daemon)
  }

  @Test("A daemon that hangs as a whole is told apart from one that is not there")
  func stopped() throws {
    let daemon = try start(nil)
    #expect(waits { _ in true })
    daemon.send(SIGSTOP)
    let found = try status()
    #expect(found.exit == 2, "\(found.text)")
    #expect(found.text.contains("does not answer at \(socketPath) within 5 s"), "\(found.text)")
    daemon.send(SIGCONT)
    #expect(waits { _ in true })
    end(daemon)
  }

  @Test("A socket that cannot be made is a warning, and the readings flow")
  func noSocket() throws {
    let broker = try Broker(workplace)
    let subscriber = try Subscriber(port: broker.port)
    try workplace.write("precious", to: "status")
    let daemon = try start(broker)
    #expect(daemon.says("warning status: \(socketPath) is there and not a socket"), "\(daemon.lines)")
    #expect(subscriber.waits { $0.contains { $0.sensor == "a" } })
    end(daemon)
    #expect(try String(contentsOfFile: socketPath, encoding: .utf8) == "precious")
  }

  @Test("A daemon that was started by hand makes the socket's folder, and says which one to make where more is missing")
  func noFolder() throws {
    let folder = workplace.path("not-there/fieldpost")
    let daemon = try start(nil, more: "status: {socket: \(folder)/status}")
    #expect(daemon.says("there is no folder \(folder): mkdir -p \(folder)"), "\(daemon.lines)")
    end(daemon)
  }

  @Test("Who may not ask is told which group to join", .enabled(if: geteuid() == 0))
  func denied() throws {
    let daemon = try start(nil)
    #expect(waits { _ in true })
    let games = try #require(getgrnam("games")).pointee.gr_gid
    try #require(chown(socketPath, uid_t.max, games) == 0)
    func ask(as group: String) throws -> Program {
      try Program(
        "/usr/bin/setpriv",
        ["--reuid", "65534", "--regid", group, "--clear-groups", programs + "/fieldpost", "status", "--socket"]
          + [socketPath])
    }
    let stranger = try ask(as: "65534")
    #expect(stranger.exitStatus() == 2)
    #expect(stranger.says("the group games may ask; join it with: sudo usermod -aG games $USER"), "\(stranger.lines)")
    let member = try ask(as: "\(games)")
    #expect(member.exitStatus() == 1, "\(member.lines)")
    end(daemon)
  }

  @Test(
    "--watch draws again and again, in colour unless NO_COLOR is set, and ends with the last status",
    arguments: [true, false])
  func watch(inColour: Bool) throws {
    let broker = try Broker(workplace)
    let daemon = try start(broker)
    #expect(waits { $0["health"] as? String == "healthy" })
    let colour = "env " + (inColour ? "-u NO_COLOR" : "NO_COLOR=1") + " TERM=xterm"
    let limit = "timeout --foreground --preserve-status -s INT 4"
    let tool = "\(programs)/fieldpost status --watch --socket \(socketPath)"
    let command = "stty rows 24 cols 80; \(colour) \(limit) \(tool)"
    let terminal = try Program("/usr/bin/script", ["-qefc", command, "/dev/null"])
    #expect(terminal.exitStatus() == 0, "\(terminal.lines)")
    let drawn = terminal.lines.joined(separator: "\n").components(separatedBy: "\u{1B}[H")
    #expect(drawn.count >= 3, "\(terminal.lines)")
    for screen in drawn.dropFirst() {
      #expect(screen.contains("SENSOR"), "\(screen)")
      #expect(screen.contains("healthy"), "\(screen)")
      #expect(screen.contains("Ctrl-C ends"), "\(screen)")
      #expect(screen.contains("\u{1B}[32mhealthy\u{1B}[0m") == inColour, "\(screen)")
    }
    end(daemon)
  }

  @Test("The metrics are what a well-kept parser of the format takes, and go with the daemon")
  func metrics() throws {
    let broker = try Broker(workplace)
    let file = workplace.path("fieldpost.prom")
    let daemon = try start(broker, more: "metrics: {file: \(file), every: 5s}")
    #expect(eventually { FileManager.default.fileExists(atPath: file) }, "\(daemon.lines)")
    let program = """
      import sys
      from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
      from prometheus_client.parser import text_string_to_metric_families as older
      text = open(sys.argv[1]).read()
      for parse in openmetrics, older:
          samples = {(s.name, s.labels.get("sensor")): s.value for f in parse(text) for s in f.samples}
          assert samples["fieldpost_readings_taken_total", "a"] >= 1, samples
          assert 0 < samples["fieldpost_sensor_temperature_celsius", "b"] < 50, samples
          assert samples["fieldpost_uplink_connected", None] == 1, samples
      print("types", *sorted({f.type for f in openmetrics(text)}))
      """
    let parser = try Program("/usr/bin/python3", ["-c", program, file])
    #expect(parser.exitStatus() == 0, "\(parser.lines)")
    #expect(parser.lines == ["types counter gauge"])
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber
    #expect(mode?.int16Value == 0o644, "the collector is another user")

    func reload(_ more: String) throws {
      let text = Daemon.configuration(workplace, broker: broker.url, sensors: Daemon.twoSensors)
      try workplace.write(text + "\n" + more, to: "devices.yaml")
      daemon.send(SIGHUP)
    }
    try reload("")
    #expect(eventually { !FileManager.default.fileExists(atPath: file) }, "\(daemon.lines)")
    try reload("metrics: {file: \(file), every: 5s}")
    #expect(eventually { FileManager.default.fileExists(atPath: file) }, "\(daemon.lines)")
    end(daemon)
    #expect(!FileManager.default.fileExists(atPath: file), "old values must not look like new ones")
  }
}
