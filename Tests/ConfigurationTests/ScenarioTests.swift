import Foundation
import Telemetry
import TestSupport
import Testing

@testable import Configuration

/// Scenarios for three sensors on two buses, and a contact.
@Suite("Scenarios")
struct ScenarioTests {
  private let folder: TemporaryFolder
  private let settings: Settings

  init() throws {
    folder = try TemporaryFolder()
    settings = try load(
      file(
        sensors: """
            - {id: freezer, driver: tmp102, bus: i2c-1, address: 0x48}
            - {id: hall, driver: sht3x, bus: i2c-3, address: 0x44}
            - {id: dht, driver: dht22, line: GPIO4}
            - {id: door, driver: contact, line: GPIO17}
          """))
  }

  private func read(_ text: String) throws(ConfigurationError) -> ScenarioSettings {
    try ScenarioLoader.load(Array(text.utf8), file: folder.path + "/scenario.yaml", for: settings)
  }

  private func mistakes(_ text: String) -> [String] {
    do throws(ConfigurationError) {
      _ = try read(text)
      return []
    } catch {
      return error.problems.map { problem in
        let reason = problem.reason.replacingOccurrences(of: folder.path, with: "")
        return "\(problem.line):\(problem.column) \(problem.path): \(reason)"
      }
    }
  }

  // MARK: The example

  @Test("The example is one for devices.yaml, and shows every key and every kind but one")
  func example() throws {
    let devices = try ConfigurationLoader.load(
      path: projectFolder + "/devices.yaml", environment: { _ in nil }, board: nil)
    let path = projectFolder + "/deploy/scenario.yaml"
    let found = try ScenarioLoader.load(path: path, for: devices)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(found.sensors.count == 5 && found.buses["i2c-1"]?.first?.kind == .stuck)
    let first = try #require(found.sensors["freezer-1"])
    #expect(
      first.curves[.temperature]
        == .sine(base: -18_000_000, amplitude: 1_500_000, period: .seconds(120), phase: 250_000))
    #expect(
      first.faults == [
        FaultSettings(kind: .noAcknowledge, start: .seconds(10), length: .seconds(3), period: .seconds(60))
      ])
    #expect(found.sensors["hall"]?.curves[.humidity] == .constant(55_000_000))
    guard case .replay(let recorded) = found.sensors["hall"]?.curves[.temperature] else {
      Issue.record("no replay")
      return
    }
    #expect(recorded.points.count == 6)
    #expect(recorded.repeats)
    #expect(!recorded.holds)
    #expect(recorded.points[1] == .init(offset: .seconds(20), value: 21_400_000))
    let words = [
      "sine:", "ramp:", "replay:", "constant:", "between:", "at_end:", "at:", "for:", "every:", "by:", "nack", "crc",
      "slow", "disconnected", "stuck", "lost_edges", "buses:", "phase:", "start:", "contact:", "humidity", "pressure",
    ]
    for word in words { #expect(text.contains(word), "\(word)") }
  }

  // MARK: Right ones

  @Test("What is left out has its default")
  func defaults() throws {
    try "0,1\n".write(toFile: folder.path + "/door.csv", atomically: true, encoding: .utf8)
    let found = try read(
      """
      sensors:
        - id: freezer
          temperature: {ramp: {from: 0, to: -0.5, length: 1m}}
          faults: [{kind: disconnected}, {kind: slow, by: 800ms, at: 1s}]
        - {id: door, contact: {replay: {file: door.csv}}}
        - {id: hall, temperature: {sine: {base: 20, amplitude: 1, period: 10m}}}
      """)
    let freezer = try #require(found.sensors["freezer"])
    #expect(
      freezer.curves[.temperature] == .ramp(from: 0, to: -500_000, start: .zero, length: .seconds(60)))
    #expect(
      freezer.faults == [
        FaultSettings(kind: .disconnected),
        FaultSettings(kind: .slow(by: .milliseconds(800)), start: .seconds(1)),
      ])
    #expect(
      found.sensors["door"]?.curves[.contact]
        == .replay(ReplaySettings(points: [.init(offset: .zero, value: 1_000_000)], holds: true, repeats: false)))
    #expect(
      found.sensors["hall"]?.curves[.temperature]
        == .sine(base: 20_000_000, amplitude: 1_000_000, period: .seconds(600), phase: 0))
    #expect(found.buses.isEmpty)
  }

  @Test("A file beside the scenario is found wherever the program was started; an absolute one is what it is")
  func paths() throws {
    let csv = try folder.write("a.csv", Array("0,5\n".utf8))
    for name in ["a.csv", csv] {
      #expect(mistakes("sensors: [{id: freezer, temperature: {replay: {file: \(name)}}}]") == [])
    }
  }

  // MARK: Mistakes

  @Test("Every mistake in one run, each with its place")
  func all() {
    let found = mistakes(
      """
      sensors:
        - id: frezer
          temperature: {constant: 4}
        - id: freezer
          humidity: {constant: 4}
          temperature: {sine: {base: 4, amplitud: 1, period: 10}}
          faults:
            - {kind: nak, at: 30s}
            - {kind: slow}
            - {kind: crc, by: 1s}
            - {kind: stuck, for: 10s, every: 5s}
            - {kind: stuck, every: 5s}
            - {at: 5s}
        - {id: freezer}
        - {id: dht, faults: [{kind: crc}]}
        - {id: door, contact: {constant: 2}, faults: [{kind: lost_edges}]}
      buses:
        - {name: i2c-2, faults: [{kind: stuck}]}
        - {name: i2c-1, faults: [{kind: nack}]}
      """)
    #expect(
      found == [
        "2:9 sensors[0].id: the configuration has no sensor \"frezer\"; did you mean \"freezer\"?",
        "5:5 sensors[1].humidity: unknown key \"humidity\"; known are id, faults, temperature",
        "6:35 sensors[1].temperature.sine.amplitud: unknown key \"amplitud\"; did you mean \"amplitude\"?",
        "6:56 sensors[1].temperature.sine.period: 10 has no unit; did you mean \"10s\"?",
        "8:16 sensors[1].faults[0].kind: unknown value \"nak\"; did you mean \"nack\"?",
        "9:9 sensors[1].faults[1].by: is missing: how much longer everything takes, such as 800ms",
        "10:25 sensors[1].faults[2].by: is for `kind: slow`",
        "11:40 sensors[1].faults[3].every: must be longer than `for`, or the fault never ends",
        "12:30 sensors[1].faults[4].every: needs `for` beside it: without, the fault never ends",
        "13:9 sensors[1].faults[5].kind: is missing: what goes wrong",
        "14:10 sensors[2].id: \"freezer\" is already on line 4",
        "15:31 sensors[3].faults[0].kind: crc cannot happen to dht22, only disconnected, lost_edges",
        "16:36 sensors[4].contact.constant: 2 is out of range: 0 to 1",
        "16:56 sensors[4].faults[0].kind: lost_edges cannot happen to contact, only disconnected",
        "18:12 buses[0].name: the configuration has no sensor on \"i2c-2\"; did you mean \"i2c-1\"?",
        "19:35 buses[1].faults[0].kind: nack cannot happen to a bus, only stuck",
      ])
  }

  @Test(
    "A curve is one of four",
    arguments: [
      ("{}", "needs one of constant, sine, ramp, replay"),
      ("{constant: 4, ramp: {from: 0, to: 1, length: 1m}}", "needs one of constant, sine, ramp, replay, not 2"),
      ("{constnt: 4}", "unknown key \"constnt\"; did you mean \"constant\"?"),
      ("{constant: warm}", "must be a number in °C, not \"warm\""),
      ("4", "must be a group of keys, not a single value"),
      ("{constant: -300}", "-300 is out of range: -273.15 to 2000"),
      ("{sine: {base: 0, amplitude: 1, period: 1m, phase: 1}}", "1 is out of range: 0 to 0.999999"),
      ("{ramp: {from: 0, to: 1, length: 0s}}", "0s is out of range: 1ms to 365d"),
      ("{replay: {file: none.csv}}", "/none.csv: No such file or directory"),
    ])
  func curve(_ text: String, _ reason: String) {
    let found = mistakes("sensors: [{id: freezer, temperature: \(text)}]")
    #expect(found.count == 1 && found[0].hasSuffix(": " + reason), "\(found)")
  }

  @Test("A scenario of nothing, of rubbish, and of the wrong shape")
  func rubbish() {
    #expect(mistakes("") == ["0:0 : the file is empty"])
    #expect(mistakes("sensors: {freezer: 4}").first?.contains("must be a list") == true)
    #expect(mistakes("sensors: [freezer]").first?.contains("must be a group of keys") == true)
    #expect(mistakes("sensors: [{temperature: {constant: 4}}]").first?.contains("needs id") == true)
    #expect(mistakes("sensors: [").count == 1)
    #expect(mistakes("sensor: []") == ["1:1 sensor: unknown key \"sensor\"; did you mean \"sensors\"?"])
  }

  // MARK: Recorded values

  private func csv(_ text: String) throws -> [String] {
    _ = try folder.write("a.csv", Array(text.utf8))
    return mistakes("sensors: [{id: freezer, temperature: {replay: {file: a.csv}}}]").map {
      String($0.drop { $0 != "/" })
    }
  }

  @Test("A heading, comments, empty lines, spaces, and Windows' line ends and mark are all right")
  func csvs() throws {
    #expect(try csv("\u{FEFF}time,value\r\n# from the logger\r\n\r\n0 , -18.25\r\n 1.5,4\r\n") == [])
    guard
      case .replay(let found) = try read("sensors: [{id: freezer, temperature: {replay: {file: a.csv}}}]")
        .sensors["freezer"]?.curves[.temperature]
    else {
      Issue.record("no replay")
      return
    }
    #expect(
      found.points == [
        .init(offset: .zero, value: -18_250_000), .init(offset: .milliseconds(1_500), value: 4_000_000),
      ])
  }

  @Test(
    "A bad line is told with file, line and reason",
    arguments: [
      ("0,1\n1;2\n", "/a.csv:2: must be seconds and a value, with a comma between them, not \"1;2\""),
      ("0,1\n1,2,3\n", "/a.csv:2: must be seconds and a value, with a comma between them, not \"1,2,3\""),
      ("a,b\nc,d\n", "/a.csv:2: must be a number in seconds, not \"c\""),
      ("0,1\n1,x\n", "/a.csv:2: must be a number in °C, not \"x\""),
      ("0,1\n0,2\n", "/a.csv:2: 0 seconds is not later than the line before it"),
      ("-1,1\n", "/a.csv:1: -1 is out of range: 0 to 31536000"),
      ("0,-400\n", "/a.csv:1: -400 is out of range: -273.15 to 2000"), ("", "/a.csv has no values"),
      ("time,value\n", "/a.csv has no values"),
    ])
  func badLine(_ text: String, _ reason: String) throws { #expect(try csv(text) == [reason]) }

  @Test("Of many bad lines five are told, and how many more there are")
  func manyBadLines() throws {
    let found = try csv(String(repeating: "x\n", count: 10))
    // The first may be a heading.
    #expect(found.count == 6, "\(found)")
    #expect(found.last == "/a.csv: 4 more lines are wrong", "\(found)")
  }

  @Test("One value cannot be repeated")
  func repeatOne() throws {
    _ = try folder.write("a.csv", Array("0,1\n".utf8))
    let found = mistakes("sensors: [{id: freezer, temperature: {replay: {file: a.csv, at_end: repeat}}}]")
    #expect(found.count == 1 && found[0].contains("two or more"))
  }
}
