import Glibc
import Synchronization
import Telemetry

/// How much a message matters. `warning`: unexpected, nothing lost. `error`: data was lost, or a person is needed.
public enum LogLevel: Int32, Comparable, Sendable {
  case error = 3
  case warning = 4
  case notice = 5
  case info = 6
  case debug = 7

  public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
}

/// One line per message on standard error. May be called from any thread.
public final class Log: Sendable {
  /// What a line looks like.
  public enum Style: Sendable {
    /// `<4>text`: the journal adds the rest.
    case journal
    /// Time and level in colour.
    case terminal
    /// Time and level as plain text.
    case plain
  }

  private let style: Style
  private let least: Atomic<Int32>
  private let repeats = Mutex(RepeatFilter())

  public init(style: Style = .detected(), least: LogLevel = .info) {
    self.style = style
    self.least = Atomic(least.rawValue)
  }

  /// Messages that matter less are not written.
  public var level: LogLevel {
    get { LogLevel(rawValue: least.load(ordering: .relaxed)) ?? .info }
    set { least.store(newValue.rawValue, ordering: .relaxed) }
  }

  public func error(_ text: String) { write(.error, text) }
  public func warning(_ text: String) { write(.warning, text) }
  public func notice(_ text: String) { write(.notice, text) }
  public func info(_ text: String) { write(.info, text) }
  public func debug(_ text: String) { write(.debug, text) }

  /// Writes the counts of messages that were held back and are due now. To be called now and then, and at the end.
  public func flush(all: Bool = false) {
    for line in repeats.withLock({ $0.due(SystemClock.uptime(), all: all) }) { put(line.level, line.text) }
  }

  private func write(_ level: LogLevel, _ text: String) {
    guard level <= self.level else { return }
    for line in repeats.withLock({ $0.admit(level, text, at: SystemClock.uptime()) }) { put(line.level, line.text) }
  }

  private func put(_ level: LogLevel, _ text: String) {
    let line = String(text.map { $0.isNewline ? " " : $0 })
    printError(prefix(level) + line + (style == .terminal ? "\u{1B}[0m\n" : "\n"))
  }

  private func prefix(_ level: LogLevel) -> String {
    switch style {
    case .journal: return "<\(level.rawValue)>"
    case .plain: return "\(SystemClock.stamp().wall.rfc3339) \(level.label) "
    case .terminal:
      let time = SystemClock.stamp().wall.rfc3339.dropFirst(11).prefix(12)
      return "\u{1B}[2m\(time)\u{1B}[0m \(level.colour)\(level.label) "
    }
  }
}

extension Log.Style {
  /// `journal` when standard error is the journal's pipe (JOURNAL_STREAM holds its device and inode, systemd.exec(5)),
  /// `terminal` when it is one and NO_COLOR is not set.
  public static func detected() -> Log.Style {
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
  fileprivate var label: String {
    switch self {
    case .error: "error"
    case .warning: "warning"
    case .notice: "notice"
    case .info: "info"
    case .debug: "debug"
    }
  }

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
