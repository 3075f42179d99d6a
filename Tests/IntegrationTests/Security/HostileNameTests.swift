import Foundation
import Linux
import Scheduling
import Telemetry
import Testing

@testable import Spool

/// A card, a broker, a kernel and a file's name are data. The words that are shown of them steer no terminal, begins no line of its own,
/// and is no formula in a spreadsheet.
@Suite("What comes from outside is data", .serialized)
struct HostileNameTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  /// Sets the title of a window, clears it, rings, writes over the line, and goes on with one of its own.
  private static let evil = "a\u{1B}]0;owned\u{07}\u{1B}[2J\rb\nacknowledged  999999\u{9B}31m\u{7F}\u{202E}c"

  private func expectHarmless(_ text: String, _ what: String) {
    let found = text.unicodeScalars.filter { $0 != "\n" && $0 != "\t" && $0.steers }
    #expect(found.isEmpty, "\(what): \(found.map { String($0.value, radix: 16) }) in \(text.debugDescription)")
    #expect(!text.split(separator: "\n").contains { $0.hasPrefix("acknowledged  999999") }, "\(what): \(text)")
  }

  private var card: String {
    get throws {
      let place = workplace.path("card\u{1B}[31m\nacknowledged  999999")
      let now = Uptime(nanoseconds: 1)
      var ring = try Ring(
        opening: SegmentFiles(directory: place), options: SpoolOptions(), lossReporter: NoBooks(), now: now)
      let stamp = Stamp(
        boot: BootID(7), uptime: now, wall: WallTime(nanoseconds: 1_795_000_000_000_000_000), synced: true)
      for (number, name) in [Self.evil, "=HYPERLINK(\"http://evil\",\"x\")", "-cmd|'/C calc'!A0", "@SUM(1)"]
        .enumerated()
      {
        let identity = Identity(sensor: name, epoch: 1, sequence: UInt64(number + 1))
        let reading = Reading(
          identity: identity, time: stamp, quantities: [.temperature(Temperature(millicelsius: -18_250))],
          quality: .good)
        ring.append(ReportCoder.encode(.reading(reading)), critical: true, now: now)
        let event = Event(
          identity: identity, time: stamp, kind: .sensorFault, sensor: name, detail: "+\(name)")
        ring.append(ReportCoder.encode(.event(event)), critical: true, now: now)
      }
      ring.close(now: now)
      return place
    }
  }

  @Test("A card's names, in every command that reads a buffer")
  func spool() throws {
    let card = try card
    for command in [
      ["status"], ["status", "--json"], ["verify"], ["dump", "--records"], ["export"], ["export", "--csv"],
      ["purge", "--yes"],
    ] {
      let run = try Ended(["spool"] + command + [card])
      #expect(run.text.contains("evil") || run.text.contains("card"), "\(command): \(run.text)")
      expectHarmless(run.text, "\(command)")
    }
    let nothing = try Ended(["spool", "status", card + "/none"])
    #expect(nothing.status == 2)
    expectHarmless(nothing.text, "a folder that is not there")
  }

  /// As a spreadsheet takes a line apart.
  private func cells(_ row: String) -> [String] {
    var (cells, cell, isQuoted) = ([String](), "", false)
    for character in row {
      if character == "\"" {
        isQuoted.toggle()
      } else if character == ",", !isQuoted {
        cells.append(cell)
        cell = ""
      } else {
        cell.append(character)
      }
    }
    return cells + [cell]
  }

  private func expectNoFormula(_ text: String) {
    let found = text.split(separator: "\n").flatMap { cells(String($0)) }.filter { cell in
      cell.first.map { "=+-@".contains($0) } == true && Double(cell) == nil
    }
    #expect(found.isEmpty, "\(found)")
  }

  @Test("A cell of a table is a number or a text, and never a formula")
  func sheet() throws {
    let run = try Ended(["spool", "export", "--csv", try card])
    #expect(run.text.contains(",-18.25,"), "\(run.text)")
    #expect(run.text.contains("'=HYPERLINK"), "\(run.text)")
    expectNoFormula(run.text)
  }

  @Test("What anybody publishes, in every format of listen", arguments: ["table", "csv", "jsonl"])
  func listen(format: String) throws {
    let broker = try Broker(workplace)
    let listener = try Program(
      programs + "/fieldpost",
      ["listen", "--broker", broker.url, "--format", format, "--count", "4", "--for", "60s", "--topic", "#"])
    #expect(listener.says("subscribed"))
    let name = "=1+1\\u001b[2J\\nacknowledged  999999\u{9B}31m\u{7F}"
    let payload =
      "{\"device\":\"=d\\u0007\",\"sensor\":\"\(name)\",\"epoch\":1,\"sequence\":1,\"time\":\"=t\",\"clock\":\"@c\","
      + "\"quantities\":{\"=q\\u001b\":{\"value\":1,\"unit\":\"=u\\u001b\"}},\"quality\":\"-q\\u001b\"}"
    let event =
      "{\"device\":\"+d\",\"event\":\"=e\\u001b\",\"sensor\":\"=s\\u001b\",\"detail\":\"=cmd\\u001b\",\"epoch\":1,"
      + "\"sequence\":1,\"time\":\"x\",\"clock\":\"x\"}"
    for text in [payload, event, "{\"device\":\"=d\",\"state\":\"=online\\u001b\"}", "\u{1B}[2J no JSON \u{9B}31m"] {
      let file = try workplace.write(text, to: "payload")
      let sent = try Program(
        "/usr/bin/mosquitto_pub", ["-p", "\(broker.port)", "-t", "fieldpost/x\u{202E}", "-q", "1", "-f", file])
      #expect(sent.exitStatus() == 0, "\(sent.lines)")
    }
    #expect(listener.exitStatus(within: .seconds(90)) != nil)
    let text = listener.lines.joined(separator: "\n")
    #expect(text.contains("=1+1"), "\(text)")
    expectHarmless(text, format)
    if format == "csv" {
      expectNoFormula(listener.lines.filter { $0.filter { $0 == "," }.count > 8 }.joined(separator: "\n"))
    }
  }

  @Test("The kernel's names, in what scan prints and in the lines to paste")
  func scan() throws {
    let root = workplace.path("root")
    try workplace.write("x\u{1B}[2J\", driver: evil, y: \"\u{9B}\n", to: "root/sys/class/hwmon/hwmon0/name")
    try workplace.write("21000\n", to: "root/sys/class/hwmon/hwmon0/temp1_input")
    try workplace.write("zone\u{1B}[2J\n", to: "root/sys/class/thermal/thermal_zone0/type")
    try workplace.write("21000\n", to: "root/sys/class/thermal/thermal_zone0/temp")
    let run = try Ended(["scan", "--root", root, "--config", workplace.path("none")])
    #expect(run.text.contains("zone?"), "\(run.text)")
    expectHarmless(run.text, "scan")
    // Its own quotation marks do not end the text that is to be pasted.
    let lines = run.text.split(separator: "\n").filter { $0.hasPrefix("  - {") }
    #expect(lines.count >= 2 && !lines.contains { $0.contains("[2J\", driver: evil") }, "\(run.text)")
  }

  @Test("A daemon that somebody has taken over cannot steer the terminal of who asks it how it is")
  func status() throws {
    let daemon = try Daemon.start(
      workplace,
      configuration: Daemon.configuration(workplace, broker: "mqtt://127.0.0.1:1", sensors: Daemon.twoSensors),
      options: ["--simulate"])
    let real = workplace.path("status")
    #expect(eventually { (try? Ended(["status", "--json", "--socket", real]).text.contains("\"testbench\"")) == true })
    let answer = try Ended(["status", "--json", "--socket", real]).text
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    let evil = answer.replacing("testbench", with: "evil\\u001b[2J\\nacknowledged  999999\u{9B}31m\u{7F}\u{202E}")
      .replacing(
        "\"id\":\"a\"", with: "\"id\":\"a\\u001b]0;t\\u0007\\r\u{9B}\"")
    let loop = EventLoop(name: "evil")
    loop.start()
    defer { loop.stop() }
    let socket = AnswerSocket(loop: loop) { give in give(Array(evil.utf8)) }
    let place = workplace.path("evil")
    socket.post { socket in _ = try? socket.open(at: place, group: "none") }
    #expect(eventually { FileManager.default.fileExists(atPath: place) })
    for options in [[], ["--json"]] {
      let run = try Ended(["status", "--socket", place] + options)
      #expect(run.status == 1, "\(run.text)")
      #expect(run.text.contains("evil"), "\(run.text)")
      expectHarmless(run.text, "status \(options)")
    }
  }

  @Test("The name of a file, and what is in it, in every command that takes one")
  func files() throws {
    let name = "evil\u{1B}[2J\nacknowledged  999999\u{9B}.yaml"
    let wrong = try workplace.write(
      "device: {id: \"\\e[2J\"}\n\u{202E}x: \"\\e]0;t\\a\"\n\"k\\e[2J\": 1\n", to: "dir/" + name)
    let right = try workplace.write(
      Daemon.configuration(workplace, broker: "mqtt://127.0.0.1:1", sensors: Daemon.twoSensors), to: "dir/ok" + name)
    let none = workplace.path("dir/none" + name)
    let commands = [
      ["check"], ["read", "--simulate"], ["scan", "--simulate", "--config"], ["status", "--config"],
      ["status", "--socket"],
      ["listen", "--idle", "1s", "--config"], ["spool", "export", workplace.path("none"), "--config"],
      ["spool", "export", workplace.path("none"), "--output"], ["read", "--simulate", "--sensor"], ["drivers"],
      ["messages"],
      ["provision", "--group", "root", "--to", workplace.path("etc"), "--from"],
    ]
    for command in commands {
      for file in [wrong, right, none] {
        let run = try Ended(command + [file], environment: ["RUNTIME_DIRECTORY": workplace.path("none\u{1B}")])
        expectHarmless(run.text, "\(command) \(file == wrong ? "wrong" : file == right ? "right" : "none")")
      }
    }
    for file in [wrong, none] {
      let daemon = try Ended(programs + "/fieldpostd", [file])
      #expect(daemon.status == 78)
      expectHarmless(daemon.text, "fieldpostd")
    }
  }
}
