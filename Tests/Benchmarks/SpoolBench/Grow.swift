import ArgumentParser
import Spool

/// For Tests/Benchmarks/wear: a spool as it is after an outage that filled it.
struct Grow: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a spool of 64 MiB with all its segments, and empties it.")

  @Argument var path: String

  func run() throws {
    try withSpool(path) { spool in
      let count = try spool.fill()
      spool.drain { _ in }
      guard spool.counters.acknowledged == Int(count), spool.counters.waiting == 0 else {
        throw Failure("not what was appended: \(spool.counters)")
      }
    }
  }
}
