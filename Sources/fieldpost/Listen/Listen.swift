import ArgumentParser
import Configuration
import Glibc
import Linux
import Listening
import MQTT
import Telemetry

struct Listen: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Receives what gateways publish, shows it, and audits it.",
    discussion: """
      On a terminal the table shows the latest of each sensor; elsewhere it is a line for each reading. Ctrl-C ends, \
      and in the table q too. \
      What was shown is acknowledged, and nothing else. Exit status 0: all is well; 1: the audit found something missing \
      or out of order, or nothing at all came, or fewer messages than --count; 2: no connection or no subscription.
      """)

  @OptionGroup var place: ListenPlace
  @Option(
    help: ArgumentHelp("The topics to receive. (default: fieldpost/#, or what --config says)", valueName: "filter"))
  var topic: String?
  @Option(
    help: ArgumentHelp("Receives as one of this group: each message goes to one member. MQTT 5.", valueName: "group"))
  var share: String?
  @Flag(
    help: """
      The broker keeps the subscription, and what arrives for it, for 7 days; needs --client-id. A run without it ends \
      that.
      """)
  var persistent = false
  @Option(help: "How to show it: table, jsonl or csv. (default: table, or nothing with --audit)")
  var format: ListenFormat?
  @Flag(help: "Checks that each sensor's readings are complete and in order, and tells at the end.")
  var audit = false
  @Flag(help: "The audit expects every epoch from its first reading on, not from the first that came.")
  var fromStart = false
  @Option(help: "Ends after so many messages.")
  var count: UInt64?
  @Option(
    name: .customLong("for"), help: ArgumentHelp("Ends after this time, such as 30s.", valueName: "time"),
    transform: time)
  var limit: Duration?
  @Option(
    help: ArgumentHelp("Ends when nothing has come for this long, such as 10s.", valueName: "time"), transform: time)
  var idle: Duration?

  func validate() throws {
    if persistent, place.clientID == nil {
      throw ValidationError("--persistent needs --client-id: it names the session")
    }
    if fromStart, !audit { throw ValidationError("--from-start is for --audit") }
    if fromStart, share != nil { throw ValidationError("--from-start: a member of a group sees only its share") }
    if count == 0 { throw ValidationError("--count: must be 1 or more") }
    if let share, share.isEmpty || share.contains(where: { "/+#".contains($0) }) {
      throw ValidationError("--share: the name of a group has none of / + #, and is not empty")
    }
    if share != nil, topic?.hasPrefix("$share/") == true { throw ValidationError("--share and $share/ in --topic") }
  }

  func run() throws {
    let (options, prefix) = try place.options()
    if share != nil, options.version != .v5 {
      throw ValidationError("--share needs MQTT 5; the configuration says 3.1.1")
    }
    let filter = (share.map { "$share/\($0)/" } ?? "") + (topic ?? prefix + "/#")
    guard Subscription.isValid(filter: filter) else {
      throw ValidationError("--topic: \(filter) is not a topic filter")
    }
    // As in the daemon: a name lookup must not hold up Ctrl-C for long.
    setenv("RES_OPTIONS", "timeout:3 attempts:1", 0)
    let signals = try Signals()
    let loop = EventLoop(name: "listen")
    let isShare = filter.hasPrefix("$share/")
    let keyboard = style == .live ? Keyboard() : nil
    let listener = Listener(
      options, Subscription(filter: filter, keptFor: persistent ? .seconds(7 * 86_400) : nil),
      isShare ? .share : fromStart ? .fromStart : .sinceJoining,
      Listener.Limits(count: count, duration: limit, idle: idle),
      output: ListenOutput(style, ending: Keyboard.ending(keyboard)), loop: loop
    ) { loop.stop() }
    signals.watch(on: loop) { _ in listener.post { $0.end(.finished) } }
    keyboard?.watch(on: loop) { listener.post { $0.end(.finished) } }
    listener.post { $0.start() }
    loop.run()
    keyboard?.restore()
    // The loop ran on this thread and has ended, so the listener can be used here.
    try listener.assumeIsolated { try conclude($0, isShare: isShare) }
  }

  private var style: ListenOutput.Style {
    switch format {
    case .jsonl: .jsonl
    case .csv: .csv
    case nil where audit: .nothing
    case .table, nil: StandardOutput.terminal.canRedraw ? .live : .lines
    }
  }

  private func conclude(_ listener: isolated Listener, isShare: Bool) throws {
    var status: Int32 = 0
    if audit {
      let verdict = ListenVerdict(
        audit: listener.audit, isShare: isShare, lostConnections: listener.lostConnections,
        width: format == nil ? StandardOutput.width : nil)
      // With a format, a program may be reading standard output.
      if format == nil { sayLines(verdict.text) } else { complainLines(verdict.text) }
      if !verdict.isGood { status = 1 }
    }
    if let count, listener.messages < count {
      complain("fieldpost: \(counted(listener.messages, "message")) came, of \(count)")
      status = 1
    }
    if case .failed(let reason) = listener.ending {
      complain("fieldpost: \(reason)")
      status = 2
    }
    if status != 0 { throw ExitCode(status) }
  }
}

private func time(_ text: String) throws -> Duration {
  do throws(DurationMistake) {
    return try duration(written: text)
  } catch {
    throw ValidationError(error.reason)
  }
}
