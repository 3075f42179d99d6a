import Foundation
import Testing

@Suite("fieldpost listen", .serialized)
struct ListenTests {
  let workplace: Workplace
  let broker: Broker
  private let thousand = Set(1...1_000)

  init() throws {
    workplace = try Workplace()
    // The broker's usual limit would drop what a slow subscriber has yet to take.
    broker = try Broker(workplace, settings: "allow_anonymous true\nmax_queued_messages 0")
  }

  private func run(_ options: [String]) throws -> (status: Int32?, lines: [String]) {
    let program = try ListenProgram.start(broker, options)
    let status = program.exitStatus()
    return (status, program.lines)
  }

  // MARK: Who gets what

  @Test("Of three that listen each receives all of 1,000 readings, in order")
  func copies() throws {
    let listeners = try (0..<3).map { _ in try ListenProgram(broker, ["--count", "1000"]) }
    try publish(1...1_000, to: broker, workplace)
    for listener in listeners {
      #expect(listener.program.exitStatus() == 0, "\(listener.program.lines.suffix(3))")
      #expect(listener.sequences == Array(1...1_000))
    }
  }

  @Test("In a group of three each of 1,000 readings goes to exactly one member, and each member gets some")
  func share() throws {
    let members = try (0..<3).map { _ in try ListenProgram(broker, ["--share", "crew"]) }
    let outsider = try ListenProgram(broker, ["--count", "1000"])
    try publish(1...1_000, to: broker, workplace)
    #expect(eventually { members.map(\.sequences.count).reduce(0, +) >= 1_000 })
    #expect(members.allSatisfy { $0.stop() == 0 })
    let all = members.flatMap(\.sequences)
    #expect(all.count == 1_000)
    #expect(Set(all) == thousand)
    #expect(members.allSatisfy { !$0.sequences.isEmpty })
    #expect(outsider.program.exitStatus() == 0)
    #expect(outsider.sequences.count == 1_000)
  }

  @Test("A member with a persistent session that is killed midway loses nothing: it or another gets what it had left")
  func killedMember() throws {
    func member(_ name: String) throws -> ListenProgram {
      try ListenProgram(broker, ["--share", "crew", "--persistent", "--client-id", name])
    }
    let (first, second, third) = (try member("one"), try member("two"), try member("three"))
    try publish(1...300, to: broker, workplace)
    #expect(eventually { !second.sequences.isEmpty })
    // Stopped first, so that the broker has something that this member will never acknowledge.
    second.program.send(SIGSTOP)
    try publish(301...600, to: broker, workplace)
    second.program.send(SIGKILL)
    #expect(second.program.exitStatus() == -SIGKILL)
    try publish(601...1_000, to: broker, workplace)
    let again = try member("two")
    let members = [first, second, third, again]
    #expect(
      eventually { Set(members.flatMap(\.sequences)) == thousand },
      "missing: \(thousand.subtracting(members.flatMap(\.sequences)).sorted())")
    #expect([first, third, again].allSatisfy { $0.stop() == 0 })
  }

  @Test("What comes while a persistent listener is away comes when it is back; without --persistent it does not")
  func away() throws {
    let options = ["--persistent", "--client-id", "archive"]
    let before = try ListenProgram(broker, options)
    #expect(before.program.says("begins a new session"))
    before.program.send(SIGKILL)
    #expect(before.program.exitStatus() == -SIGKILL)
    try publish(1...100, to: broker, workplace)
    let after = try ListenProgram(broker, options)
    #expect(after.program.says("has kept the session"))
    #expect(eventually { after.sequences.count >= 100 })
    #expect(after.stop() == 0)
    #expect(after.sequences == Array(1...100))

    let plain = try ListenProgram(broker, ["--client-id", "archive"])
    #expect(plain.stop() == 0)
    try publish(101...110, to: broker, workplace)
    let last = try ListenProgram(broker, options)
    #expect(last.program.says("begins a new session"))
    #expect(last.stop() == 0)
    #expect(last.sequences.isEmpty)
  }

  @Test("--count with a persistent session takes exactly so many, and the rest waits for the next")
  func portions() throws {
    let options = ["--persistent", "--client-id", "archive"]
    #expect(try ListenProgram(broker, options).stop() == 0)
    try publish(1...100, to: broker, workplace)
    var taken: [Int] = []
    for _ in 0..<4 {
      let (status, lines) = try run(options + ["--format", "jsonl", "--count", "25"])
      #expect(status == 0)
      let portion = lines.compactMap(sequence(inLine:))
      #expect(portion.count == 25)
      taken += portion
    }
    #expect(taken == Array(1...100))
  }

  @Test(
    "While nobody reads its output it acknowledges nothing that is not written, and ends on a signal",
    arguments: [SIGKILL, SIGTERM])
  func stuck(_ signal: Int32) throws {
    let pipe = workplace.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let reader = try Program("/bin/cat", [pipe])
    let arguments = "listen --broker \(broker.url) --format jsonl --persistent --client-id archive"
    let listener = try Program("/bin/sh", ["-c", "exec '\(programs)/fieldpost' \(arguments) > '\(pipe)'"])
    #expect(listener.says("subscribed to"), "\(listener.lines)")
    reader.send(SIGSTOP)
    try publish(1...1_000, to: broker, workplace)
    func acknowledged() -> Int { broker.log.count { $0.contains("Received PUBACK from archive") } }
    // Until the pipe is full: more than 200 lines fit into its 64 KiB, and not 1,000.
    var before = 0
    #expect(
      eventually {
        defer { before = acknowledged() }
        return before >= 200 && acknowledged() == before
      })
    listener.send(signal)
    #expect(listener.exitStatus() == -signal)
    reader.send(SIGCONT)
    #expect(reader.exitStatus() == 0)
    let written = reader.lines.compactMap(sequence(inLine:))
    #expect(acknowledged() <= written.count)
    #expect(written.count < 1_000)

    let again = try ListenProgram(broker, ["--persistent", "--client-id", "archive"])
    #expect(eventually { Set(written + again.sequences) == thousand })
    #expect(again.stop() == 0)
  }

  // MARK: The audit

  /// What `--audit` says of these lines.
  private func audit(_ lines: [String], _ options: [String] = ["--from-start"]) throws -> (Int32?, [String]) {
    let listener = try ListenProgram(broker, ["--audit", "--count", "\(lines.count)"] + options, format: [])
    try publish(lines, to: broker, workplace)
    return (listener.program.exitStatus(), listener.program.lines)
  }

  @Test("Complete, also with repeats and joined midway: exit status 0, and the repeats are told")
  func complete() throws {
    let (status, lines) = try audit([1, 2, 3, 2, 4].map { readingJSON($0) })
    #expect(status == 0, "\(lines)")
    #expect(lines.last?.hasPrefix("verdict: good: 4 received, 1 repeated, 0 missing") == true, "\(lines)")
    let (midway, said) = try audit((50...60).map { readingJSON($0) }, [])
    #expect(midway == 0, "\(said)")
  }

  @Test("A planted gap: exit status 1 and its numbers")
  func gap() throws {
    let (status, lines) = try audit([1, 2, 3, 7, 8].map { readingJSON($0) })
    #expect(status == 1)
    #expect(lines.contains("missing: planted hall epoch 1 no. 4 … 6"), "\(lines)")
  }

  @Test("A gap that a gap event names is reported and not lost: exit status 0")
  func named() throws {
    let event = """
      {"device":"planted","sensor":"event","epoch":1,"sequence":1,"time":"2026-11-23T05:01:02.123Z","clock":"synced",\
      "event":"gap","reason":"evicted","count":3,"gaps":[{"sensor":"hall","count":3,\
      "first":{"epoch":1,"sequence":4},"last":{"epoch":1,"sequence":6}}]}
      """
    let (status, lines) = try audit([1, 2, 3, 7].map { readingJSON($0) } + [event])
    #expect(status == 0, "\(lines)")
    #expect(lines.last?.contains("0 missing, 3 missing and reported") == true, "\(lines)")
  }

  @Test("A planted reorder: exit status 1 and what came late")
  func reorder() throws {
    let (status, lines) = try audit([1, 2, 4, 3, 5].map { readingJSON($0) })
    #expect(status == 1)
    #expect(lines.contains("out of order: planted hall epoch 1 no. 3 came after epoch 1 no. 4"), "\(lines)")
  }

  @Test("Batches are readings like others, and what is no reading is told")
  func batches() throws {
    let batch = "[" + [3, 4, 5].map { readingJSON($0) }.joined(separator: ",") + "]"
    let (status, lines) = try audit([readingJSON(1), readingJSON(2), batch, readingJSON(6), "hello"])
    #expect(status == 0, "\(lines)")
    #expect(lines.contains("not understood: fieldpost/planted/hall: no JSON"))
    #expect(lines.last?.contains("6 received") == true, "\(lines)")
  }

  @Test("Nothing at all is no proof: exit status 1")
  func nothing() throws {
    let (status, lines) = try run(["--audit", "--idle", "100ms"])
    #expect(status == 1)
    #expect(lines.last == "verdict: nothing came, so that nothing can be said")
  }

  @Test("Beside the messages the verdict goes to standard error; a signal brings it too")
  func verdict() throws {
    let listener = try ListenProgram(broker, ["--audit"])
    try publish([1, 2, 4], to: broker, workplace)
    #expect(eventually { listener.sequences.count == 3 })
    listener.program.send(SIGTERM)
    #expect(listener.program.exitStatus() == 1)
    #expect(listener.program.says("verdict: not good"))
  }

  @Test("The real daemon, audited by its own configuration: complete from the start")
  func daemon() throws {
    let text = Daemon.configuration(workplace, broker: broker.url, sensors: Daemon.twoSensors)
    let file = try workplace.write(text, to: "devices.yaml")
    let listener = try Program(
      programs + "/fieldpost", ["listen", "--config", file, "--audit", "--from-start", "--count", "9"])
    #expect(listener.says("subscribed to fieldpost/#"), "\(listener.lines)")
    let daemon = try Daemon.start(workplace, configuration: text, options: ["--simulate"])
    #expect(listener.exitStatus(within: .seconds(60)) == 0, "\(listener.lines) \(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    #expect(listener.lines.contains { $0.hasPrefix("testbench  a ") })
  }

  // MARK: How it is shown

  @Test("CSV has the columns of the spool's export, a row for each quantity")
  func csv() throws {
    let listener = try ListenProgram(broker, ["--count", "2"], format: ["--format", "csv"])
    try publish([readingJSON(1), "no, \"JSON\""], to: broker, workplace)
    #expect(listener.program.exitStatus() == 0)
    let lines = listener.program.lines
    #expect(lines.contains("time,clock,sensor,epoch,sequence,quantity,value,unit,quality,kind,detail,device"))
    #expect(lines.contains("2026-11-23T05:01:02.123Z,synced,hall,1,1,temperature,1.25,°C,good,reading,,planted"))
    #expect(lines.contains("fieldpost: fieldpost/planted/hall: no JSON"))
  }

  @Test("Every message is one line of JSON, whatever is in it")
  func jsonLines() throws {
    let listener = try ListenProgram(broker, ["--count", "3"])
    try publish(["say \"hi\"", "[1,2]"], to: broker, workplace)
    let file = try workplace.write("{\"a\":\r\n 1}", to: "payload")
    let pretty = try Program(
      "/usr/bin/mosquitto_pub", ["-p", "\(broker.port)", "-q", "1", "-t", "fieldpost/x", "-r", "-f", file])
    #expect(pretty.exitStatus() == 0)
    #expect(listener.program.exitStatus() == 0)
    let lines = listener.program.lines.filter { $0.hasPrefix("{") }
    #expect(
      lines == [
        #"{"topic":"fieldpost/planted/hall","text":"say \"hi\""}"#,
        #"{"topic":"fieldpost/planted/hall","payload":[1,2]}"#, #"{"topic":"fieldpost/x","payload":{"a":   1}}"#,
      ])
    let late = try ListenProgram(broker, ["--count", "1"])
    #expect(late.program.exitStatus() == 0)
    #expect(late.program.lines.contains(#"{"topic":"fieldpost/x","retained":true,"payload":{"a":   1}}"#))
  }

  @Test("A line for people, in which a payload cannot steer the terminal")
  func plain() throws {
    let listener = try ListenProgram(broker, ["--count", "2"], format: [])
    let hostile = readingJSON(2).replacingOccurrences(of: "good", with: "\\u001b[31mred")
    try publish([readingJSON(1), hostile], to: broker, workplace)
    #expect(listener.program.exitStatus() == 0)
    #expect(listener.program.lines.contains("2026-11-23T05:01:02.123Z  planted  hall  1.25 °C  epoch 1 no. 1"))
    #expect(
      listener.program.lines.contains("2026-11-23T05:01:02.123Z  planted  hall  2.25 °C  ?[31mred  epoch 1 no. 2"))
  }

  @Test("On a terminal it is a table that is drawn in place")
  func live() throws {
    let command = "stty cols 120 rows 20; exec env TERM=xterm '\(programs)/fieldpost' listen --broker \(broker.url)"
    let terminal = try Program("/usr/bin/script", ["-qec", command, "/dev/null"])
    // Its first drawing follows the subscription.
    #expect(terminal.says("DEVICE"), "\(terminal.lines)")
    try publish([1, 2, 5], to: broker, workplace)
    #expect(terminal.says("5.25 °C"), "\(terminal.lines)")
    let row = terminal.lines.last { $0.contains("5.25 °C") } ?? ""
    #expect(row.split(separator: " ").suffix(4).joined(separator: " ").hasPrefix("1 5 3 2"), "\(row)")
    #expect(terminal.lines.contains { $0.contains("DEVICE") && $0.contains("GAPS") })
    // To script(1) the terminal is the way in: Ctrl-C would come from its keyboard.
    terminal.send(SIGTERM)
    #expect(terminal.exitStatus() != nil)
  }
}
