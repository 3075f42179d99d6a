import Configuration
import Linux
import Telemetry
import Uplink

/// What somebody upstream wants done.
enum Command: Hashable, Sendable {
  /// One sensor, or all.
  case readNow(sensor: String?)
  case status
  /// Until the daemon ends.
  case logLevel(LogLevel)
  /// Until the daemon ends.
  case interval(sensor: String, every: Duration)
}

/// Why a command is not carried out.
struct CommandRefusal: Error, Hashable {
  /// Its name, as far as it has one.
  let command: String?
  let reason: String
}

/// Reads commands, `{"command":"interval","sensor":"hall","every":"5s"}`, and checks all that they say.
struct CommandReader: Sendable {
  private static let longestInterval = Duration.seconds(86_400)
  private static let levels: [(name: String, level: LogLevel)] = [
    ("debug", .debug), ("info", .info), ("notice", .notice), ("warning", .warning), ("error", .error),
  ]

  let allowed: Set<CommandKind>
  /// The ids of the sensors, and how often each can be read at most.
  let sensors: [String: Duration]

  func command(in payload: [UInt8]) throws(CommandRefusal) -> Command {
    let values: [String: String]
    do throws(FlatJSON.Mistake) { values = try FlatJSON.object(payload) } catch {
      throw CommandRefusal(command: nil, reason: "not a command: \(error)")
    }
    guard let name = values["command"] else { throw CommandRefusal(command: nil, reason: "\"command\" is missing") }
    guard let kind = CommandKind(rawValue: name) else {
      throw CommandRefusal(command: String(name.prefix(64)), reason: "unknown command")
    }
    func refused(_ reason: String) -> CommandRefusal { CommandRefusal(command: name, reason: reason) }
    guard allowed.contains(kind) else { throw refused("not allowed: see uplink.commands.allow") }
    let known = Set(["command"] + Self.keys(of: kind))
    if let unknown = values.keys.filter({ !known.contains($0) }).sorted().first {
      throw refused("unknown key \"\(unknown.prefix(64))\"")
    }
    if let sensor = values["sensor"], sensors[sensor] == nil { throw refused("no such sensor: \(sensor.prefix(64))") }
    switch kind {
    case .readNow: return .readNow(sensor: values["sensor"])
    case .status: return .status
    case .logLevel:
      guard let level = Self.levels.first(where: { $0.name == values["level"] })?.level else {
        throw refused("\"level\" must be one of \(Self.levels.map(\.name).joined(separator: ", "))")
      }
      return .logLevel(level)
    case .interval:
      guard let sensor = values["sensor"], let minimum = sensors[sensor] else { throw refused("\"sensor\" is missing") }
      guard let text = values["every"] else { throw refused("\"every\" is missing") }
      let every: Duration
      do throws(DurationMistake) { every = try duration(written: text) } catch {
        throw refused("\"every\": \(error.reason)")
      }
      guard (minimum...max(minimum, Self.longestInterval)).contains(every) else {
        throw refused("\"every\" must be from \(brief(minimum)) to \(brief(Self.longestInterval))")
      }
      return .interval(sensor: sensor, every: every)
    }
  }

  private static func keys(of kind: CommandKind) -> [String] {
    switch kind {
    case .readNow: ["sensor"]
    case .status: []
    case .logLevel: ["level"]
    case .interval: ["sensor", "every"]
    }
  }
}

/// Ten commands at once, and one a second from then on: nobody can keep the daemon busy.
struct CommandPace: Sendable {
  private static let burst = 10.0
  private var allowance = Self.burst
  private var last: Uptime?

  mutating func admits(at now: Uptime) -> Bool {
    if let last { allowance = min(Self.burst, allowance + Double((now - last).nanoseconds) / 1e9) }
    last = now
    guard allowance >= 1 else { return false }
    allowance -= 1
    return true
  }
}
