import ArgumentParser
import Spool
import Telemetry

/// For Tests/Benchmarks/wear: what a daemon that has ended left in its spool.
struct Readings: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Counts the readings in a spool that were taken between two moments.",
    discussion: "In seconds on the clock that /proc/uptime shows. Takes the records out of the spool.")

  @Option var from: Double
  @Option var to: Double
  @Argument var path: String

  func run() throws {
    let moments = Int64(from * 1e9)...Int64(to * 1e9)
    let count = try withSpool(path) { spool in
      var count = 0
      try spool.drain { record in
        if case .reading(let reading) = try ReportCoder.decode(record.bytes),
          moments.contains(reading.time.uptime.nanoseconds)
        {
          count += 1
        }
      }
      return count
    }
    print(count)
  }
}
