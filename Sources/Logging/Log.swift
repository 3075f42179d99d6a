import Glibc
import Linux
import Synchronization
import Telemetry

/// One line per message on standard error, or a message with fields to the journal. May be called from any thread.
package final class Log: Sendable {
  /// The layout of a line.
  package enum Style: Sendable {
    /// To the journal's socket. Without the socket, as `<4>text` on standard error; the journal adds the rest.
    case journal
    /// Time and level in colour.
    case terminal
    /// Time and level as plain text.
    case plain
  }

  private let style: Style
  private let least: Atomic<Int32>
  private let repeats = Mutex(RepeatFilter())
  private let journal: JournalSocket?
  private let ownFile = Mutex<LogFile?>(nil)
  private let clock: @Sendable () -> Stamp
  /// Takes all entries; nil: they go to the journal or to standard error.
  private let sink: (@Sendable (LogEntry) -> Void)?
  /// Number of lines that the journal has not taken and that have not been reported yet.
  private let givenUp = Atomic<UInt64>(0)
  /// The one message that the log itself writes.
  package static let linesLost = "log-lines-lost"

  package convenience init(least: LogLevel = .info) {
    self.init(style: .detected(), least: least, journal: JournalSocket.usualPath)
  }

  init(style: Style, least: LogLevel = .info, journal: String) {
    self.style = style
    self.least = Atomic(least.rawValue)
    self.journal = style == .journal ? JournalSocket(path: journal, program: "fieldpostd") : nil
    clock = SystemClock.stamp
    sink = nil
  }

  /// Gives all entries to `sink`. Repeated ones are held back as always, by `clock`.
  package init(
    least: LogLevel, clock: @escaping @Sendable () -> Stamp, sink: @escaping @Sendable (LogEntry) -> Void
  ) {
    style = .plain
    self.least = Atomic(least.rawValue)
    journal = nil
    self.clock = clock
    self.sink = sink
  }

  /// Messages less important than this are not written.
  package var level: LogLevel {
    get { LogLevel(rawValue: least.load(ordering: .relaxed)) ?? .info }
    set { least.store(newValue.rawValue, ordering: .relaxed) }
  }

  /// A file for all lines in addition; nil: none.
  package var file: LogFile? {
    get { ownFile.withLock { $0 } }
    set { ownFile.withLock { $0 = newValue } }
  }

  package func write(_ entry: LogEntry) {
    guard entry.level <= level else { return }
    for entry in repeats.withLock({ $0.admit(entry, at: clock().uptime) }) { put(entry) }
  }

  /// Writes the counts of messages that were held back and are due now. Call this from time to time, and at the end.
  package func flush(all: Bool = false) {
    for entry in repeats.withLock({ $0.due(clock().uptime, all: all) }) { put(entry) }
  }

  private func put(_ entry: LogEntry) {
    if let sink { return sink(entry) }
    let text = "\(oneLine(entry.text)) [\(entry.id)]"
    file?.add("\(SystemClock.stamp().wall.rfc3339) \(entry.level.name) \(text)", entry.level)
    if let journal, reached(journal, entry, text) { return }
    printError(prefix(entry.level) + text + (style == .terminal ? "\u{1B}[0m\n" : "\n"))
  }

  /// Whether the message need not go to standard error. Standard error leads to the same journal: while the journal is
  /// busy, a writer there waits for its disk, and delays the work of its thread. So the line is given up, and counted.
  private func reached(_ journal: JournalSocket, _ entry: LogEntry, _ text: String) -> Bool {
    switch journal.send(entry, text) {
    case .failed: return false
    case .busy: givenUp.wrappingAdd(1, ordering: .relaxed)
    case .sent:
      let count = Int(givenUp.exchange(0, ordering: .relaxed))
      guard count > 0 else { return true }
      let note = "the journal was busy: \(counted(count, "line")) could not be written"
      let lost = LogEntry(.warning, id: Self.linesLost, note)
      if journal.send(lost, "\(note) [\(lost.id)]") != .sent { givenUp.wrappingAdd(UInt64(count), ordering: .relaxed) }
    }
    return true
  }

  private func prefix(_ level: LogLevel) -> String {
    switch style {
    case .journal: return "<\(level.rawValue)>"
    case .plain: return "\(SystemClock.stamp().wall.rfc3339) \(level.name) "
    case .terminal:
      let time = SystemClock.stamp().wall.rfc3339.dropFirst(11).prefix(12)
      return "\u{1B}[2m\(time)\u{1B}[0m \(level.colour)\(level.name) "
    }
  }
}

extension Log.Style {
  /// `journal` when standard error is the journal's pipe (JOURNAL_STREAM holds its device and inode, systemd.exec(5)),
  /// `terminal` when it is a terminal and NO_COLOR is not set.
  package static func detected() -> Log.Style {
    var status = stat()
    if let stream = environment("JOURNAL_STREAM"), fstat(STDERR_FILENO, &status) == 0,
      stream == "\(status.st_dev):\(status.st_ino)"
    {
      return .journal
    }
    return standardErrorHasColour() ? .terminal : .plain
  }
}

extension LogLevel {
  fileprivate var colour: String {
    switch self {
    case .error: "\u{1B}[31m"
    case .warning: "\u{1B}[33m"
    case .notice: "\u{1B}[1m"
    case .info: ""
    case .debug: "\u{1B}[2m"
    }
  }
}
