import Telemetry

/// A remote command to the gateway.
package enum Command: Hashable, Sendable {
  /// Read this sensor now; nil: all of them.
  case readNow(sensor: String?)
  /// Answer with the content of the published state.
  case status
  /// Set the log level until the restart.
  case logLevel(Verbosity)
  /// Set the read interval of a sensor until the restart.
  case interval(sensor: String, every: Duration)

  /// The name of a command. The configuration allows commands by name.
  package enum Kind: String, Hashable, Sendable {
    case readNow = "read-now"
    case status
    case logLevel = "log-level"
    case interval
  }

  /// The least severe level that is logged.
  package enum Verbosity: String, Hashable, Sendable {
    case debug, info, warning, error
  }

  package var kind: Kind {
    switch self {
    case .readNow: .readNow
    case .status: .status
    case .logLevel: .logLevel
    case .interval: .interval
    }
  }
}

/// The commands and values that this gateway allows.
package struct CommandRules: Sendable {
  let allowed: Set<Command.Kind>
  /// The sensors, with the allowed range of the read interval of each.
  let intervals: [String: ClosedRange<Duration>]

  package init(allowed: Set<Command.Kind>, intervals: [String: ClosedRange<Duration>]) {
    self.allowed = allowed
    self.intervals = intervals
  }
}

/// Why a command is not carried out.
enum CommandRefusal: Error, Hashable, Sendable {
  case tooLarge(bytes: Int)
  case malformed(MalformedObject)
  /// The member is missing, or is not a text.
  case missing(String)
  case unknownMember(String)
  case unknown(String)
  case notAllowed(Command.Kind)
  case unknownSensor(String)
  case unknownLevel(String)
  case notDuration(String)
  case outOfRange(String, ClosedRange<Duration>)
  /// The answer would go to a place that is not allowed: why not, in words.
  case notThere(String)
}

extension Command {
  /// Reads a command. Throws if it is malformed, or the rules do not allow it.
  init(_ object: FlatObject, _ rules: CommandRules) throws(CommandRefusal) {
    var members = Members(object)
    let name = try members.text("command")
    guard let kind = Kind(rawValue: name) else { throw .unknown(name) }
    guard rules.allowed.contains(kind) else { throw .notAllowed(kind) }
    switch kind {
    case .readNow:
      let sensor = try members.optionalText("sensor")
      if let sensor, rules.intervals[sensor] == nil { throw .unknownSensor(sensor) }
      self = .readNow(sensor: sensor)
    case .status:
      self = .status
    case .logLevel:
      let level = try members.text("level")
      guard let verbosity = Verbosity(rawValue: level) else { throw .unknownLevel(level) }
      self = .logLevel(verbosity)
    case .interval:
      let sensor = try members.text("sensor")
      guard let range = rules.intervals[sensor] else { throw .unknownSensor(sensor) }
      let text = try members.text("every")
      guard let every = Duration(withUnit: text) else { throw .notDuration(text) }
      guard range.contains(every) else { throw .outOfRange(text, range) }
      self = .interval(sensor: sensor, every: every)
    }
    try members.finish()
  }
}

/// Members are removed one by one; any that remain were not understood.
private struct Members {
  private var left: [String: FlatObject.Value]

  init(_ object: FlatObject) { left = object.members }

  mutating func optionalText(_ name: String) throws(CommandRefusal) -> String? {
    guard let value = left.removeValue(forKey: name) else { return nil }
    guard case .text(let text) = value else { throw .missing(name) }
    return text
  }

  mutating func text(_ name: String) throws(CommandRefusal) -> String {
    guard let text = try optionalText(name) else { throw .missing(name) }
    return text
  }

  /// Refuses unknown members. A misspelt member would otherwise change the command: without its sensor, `read-now`
  /// reads all.
  func finish() throws(CommandRefusal) {
    if let name = left.keys.min() { throw .unknownMember(name) }
  }
}

extension CommandRefusal: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tooLarge(let bytes): "too large: \(bytes) bytes, the limit is \(FlatObject.sizeLimit)"
    case .malformed(let malformed): "malformed: \(malformed)"
    case .missing(let name): "\"\(name)\" is missing, or not a text"
    case .unknownMember(let name): "unknown member \"\(excerpt(name))\""
    case .unknown(let name): "unknown command \"\(excerpt(name))\""
    case .notAllowed(let kind): "\(kind.rawValue) is not allowed here"
    case .unknownSensor(let sensor): "unknown sensor \"\(excerpt(sensor))\""
    case .unknownLevel(let level): "unknown level \"\(excerpt(level))\"; known are debug, info, warning, error"
    case .notDuration(let text): "\"\(excerpt(text))\" is not a duration such as 10s or 5m"
    case .outOfRange(let text, let range):
      "\(excerpt(text)) is out of range: \(range.lowerBound.withUnit) to \(range.upperBound.withUnit)"
    case .notThere(let objection): objection
    }
  }
}
