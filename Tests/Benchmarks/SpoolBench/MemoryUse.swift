import ArgumentParser
import Linux
import Spool

/// RAM holds no list of what is on the disk: a full spool must cost what an empty one does.
struct MemoryUse: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory", abstract: "Measures anonymous memory with backlogs of different lengths.")

  /// In KiB.
  private static let limit = 1024

  @Argument(help: "An empty directory.")
  var directory: String

  func run() throws {
    print("anonymous memory, KiB       records    appending    draining")
    let empty = try measure("empty", 0)
    for records: RecordNumber in [1_000, 100_000] { _ = try measure("backlog", records) }
    let full = try measure("full, 64 MiB", .max)
    print("\(full - empty) KiB more for a full spool than for an empty one (limit \(Self.limit) KiB)")
    guard full - empty <= Self.limit else { throw Failure("memory grows with the backlog") }
  }

  /// Fills a new spool with so many records, or until it is full, and drains it. Returns the most that was in use.
  private func measure(_ name: String, _ records: RecordNumber) throws -> Int {
    let (count, appending, draining) = try withSpool("\(directory)/\(records)") { spool in
      var appending = try anonymousMemory()
      let count = try spool.fill(records) { appending = max(appending, try anonymousMemory()) }
      var draining = try anonymousMemory()
      try spool.drain { record in
        if record.number % 1_000 == 0 { draining = max(draining, try anonymousMemory()) }
      }
      return (count, appending, draining)
    }
    print(pad(name, 24) + column("\(count)", 11) + column("\(appending)", 13) + column("\(draining)", 12))
    return max(appending, draining)
  }

  /// RssAnon of this process, in KiB.
  private func anonymousMemory() throws -> Int {
    let status = String(decoding: try readFile("/proc/self/status", limit: 8192), as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
    guard let value = line?.split(whereSeparator: \.isWhitespace).dropFirst().first, let kibibytes = Int(value) else {
      throw Failure("no RssAnon in /proc/self/status")
    }
    return kibibytes
  }
}
