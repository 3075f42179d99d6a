import Foundation
import Testing

/// The folders of Tests/Field: each is something that a user saw, and what would have been right.
@Suite("Reports from the field", .serialized)
struct FieldTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  @Test("What a report calls right is so", arguments: FieldFolder.all)
  func report(_ folder: FieldFolder) throws {
    let copy = try folder.copied(to: workplace)
    let claims = try copy.claims()
    #expect(copy.has("README.md"), "\(folder.name) does not say what was seen")
    for case .age(let path, let seconds) in claims {
      let attributes: [FileAttributeKey: Any] = [.modificationDate: Date(timeIntervalSinceNow: -seconds)]
      try FileManager.default.setAttributes(attributes, ofItemAtPath: "\(copy.path)/root/\(path)")
    }
    for claim in claims { try check(claim, copy) }
    let hasProgram = copy.has("run")
    guard hasProgram || claims.contains(where: \.needsDaemon) else { return }
    let broker = try Broker(workplace)
    if claims.contains(where: \.needsDaemon) {
      try FieldRun(copy, claims, broker: broker, environment: environment(broker)).verify()
    }
    if hasProgram { try run(copy, broker) }
  }

  @Test("The folders are found")
  func found() { #expect(!FieldFolder.all.isEmpty) }

  @Test(
    "What no claim can be made of is refused, and so is a list that claims nothing",
    arguments: [
      "", "# reading a temperature 1", "age run/boiler 5s", "readings a temperature 1", "reading a temperature",
      "reading a temperature warm", "reading a temperature 1 fine", "no reading", "fault a", "log", "event x", "check",
      "check devices.yaml", "check devices.yaml says", "age run/boiler 5", "reading a temperature 1\nnonsense",
    ])
  func refused(_ text: String) { #expect(throws: FieldClaim.Unreadable.self) { try FieldClaim.all(text) } }

  @Test("Claims are read word by word, and a text to its end")
  func claims() throws {
    let text = """
      # seen by a user
      check ok
      check other.yaml ok
      check other.yaml says no  driver
      reading a temperature -1.5
      reading door contact true suspect
      no reading b
      fault b not there (ENOENT)
      log sensor-fault b
      event sensor_recovered b
      age run/boiler 2h
      """
    #expect(
      try FieldClaim.all(text) == [
        .check(file: "devices.yaml"), .check(file: "other.yaml"), .checkSays(file: "other.yaml", text: "no  driver"),
        .reading(sensor: "a", .init(quantity: "temperature", number: -1.5, quality: "good")),
        .reading(sensor: "door", .init(quantity: "contact", number: 1, quality: "suspect")),
        .noReading(sensor: "b"), .fault(sensor: "b", text: "not there (ENOENT)"), .log(text: "sensor-fault b"),
        .event(name: "sensor_recovered", sensor: "b"), .age(path: "run/boiler", seconds: 7_200),
      ])
  }

  private func check(_ claim: FieldClaim, _ folder: FieldFolder) throws {
    let file: String
    switch claim {
    case .check(let name), .checkSays(let name, _): file = name
    case .reading, .noReading, .fault, .event, .log, .age: return
    }
    let tool = try Program(programs + "/fieldpost", ["check", "\(folder.path)/\(file)"])
    let status = tool.exitStatus()
    let output = tool.lines.joined(separator: "\n")
    if case .checkSays(_, let text) = claim {
      #expect(status == 0 || status == 78, "\(file): status \(status ?? -1)")
      #expect(tool.lines.contains { $0.contains(text) }, "check \(file) says: \(output)")
    } else {
      #expect(status == 0, "check \(file) says: \(output)")
    }
  }

  /// The broker, the buffer and the socket are the test's own; what the file says of them is not used.
  private func environment(_ broker: Broker) -> [String: String] {
    [
      "FIELDPOST_BROKER": broker.url, "FIELDPOST_BUFFER": workplace.path("spool"),
      "RUNTIME_DIRECTORY": workplace.directory,
    ]
  }

  private func run(_ folder: FieldFolder, _ broker: Broker) throws {
    let own = [
      "FIELDPOST": programs + "/fieldpost", "FIELDPOSTD": programs + "/fieldpostd", "REPORT": folder.path,
      "WORK": workplace.directory, "BROKER_PORT": "\(broker.port)",
    ]
    let program = try Program("\(folder.path)/run", [], environment: environment(broker).merging(own) { $1 })
    let status = program.exitStatus(within: .seconds(300))
    if status == 77 { return print("\(folder.name) cannot be tried here: \(program.lines.last ?? "")") }
    #expect(status == 0, "\(program.lines.joined(separator: "\n"))")
  }
}
