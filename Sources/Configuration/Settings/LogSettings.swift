import Telemetry

/// The level, the places and the limits of the daemon's log.
package struct LogSettings: Hashable, Sendable {
  /// How often a line sums up the readings taken and delivered: 1 min … 7 d; nil: never.
  package var summary: Duration? = .seconds(3_600)
  /// Less severe messages are not logged.
  package var level = LogLevel.info
  /// A log file in addition to the journal or standard error; nil: none.
  package var file: LogFileSettings?

  package init() {}
}

/// A log file of the daemon's own.
package struct LogFileSettings: Hashable, Sendable {
  /// An absolute path.
  package var path: String
  /// Size at which a file is full: 16 KiB … 64 MiB.
  package var size = ByteCount(bytes: 1 << 20)
  /// Number of full files to keep: 1 … 99.
  package var keep = 3

  package init(path: String) { self.path = path }
}

/// The section `log`.
struct LogReader {
  static let levels: [LogLevel] = [.error, .warning, .notice, .info, .debug]

  func log(_ field: Field?) -> LogSettings {
    var settings = LogSettings()
    guard let section = field?.section() else { return settings }
    if let summary = section.optional("summary") {
      settings.summary =
        summary.isOff ? nil : summary.duration() ?? settings.summary
    }
    settings.level = section.optional("level")?.choice(Self.levels.map { ($0.name, $0) }) ?? settings.level
    settings.file = file(section)
    return settings
  }

  private func file(_ section: Section) -> LogFileSettings? {
    let size = section.optional("size")
    let keep = section.optional("keep")
    guard let file = section.optional("file") else {
      for field in [size, keep].compactMap({ $0 }) { field.mistake("has no effect without \"file\"") }
      return nil
    }
    let path = file.formed()
    var settings = LogFileSettings(path: path ?? "")
    settings.size = size?.size() ?? settings.size
    settings.keep = keep?.integer() ?? settings.keep
    return path.map { _ in settings }
  }
}
