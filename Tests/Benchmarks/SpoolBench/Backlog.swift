import ArgumentParser
import Spool
import Telemetry

/// For Tests/Benchmarks/drain: a spool as it is after an outage.
struct Backlog: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a spool in which so many readings of ten sensors wait.")

  @Argument var count: Int
  @Argument var path: String

  func run() throws {
    let count = count
    try withSpool(path) { spool in
      for number in 0..<count {
        let seconds = Int64(number / 10) * 1_000_000_000
        let time = Stamp(
          boot: BootID(7), uptime: Uptime(nanoseconds: seconds),
          wall: WallTime(nanoseconds: 1_795_000_000_000_000_000 + seconds), synced: true)
        let reading = Reading(
          identity: Identity(sensor: "freezer-\(number % 10)", epoch: 1, sequence: UInt64(number / 10 + 1)), time: time,
          quantities: [.temperature(Temperature(millicelsius: -18_000 + Int64(number % 1_000)))], quality: .good)
        guard spool.append(ReportCoder.encode(.reading(reading)), critical: false) != nil else {
          throw Failure("the spool is full")
        }
      }
    }
  }
}
