import Linux
import Telemetry

@testable import Spool

/// Readings that wait before the daemon starts: of the sensor `old`, which is no longer there.
enum Backlog {
  static func fill(_ workplace: Workplace, _ count: Int) throws {
    let now = Uptime(nanoseconds: 1)
    var options = SpoolOptions()
    options.firstEpoch = 1
    var ring = try Ring(
      opening: SegmentFiles(directory: workplace.path("spool")), options: options, bookkeeper: NoBooks(), now: now)
    for sequence in 1...count {
      let time = Stamp(
        boot: BootID(7), uptime: Uptime(nanoseconds: Int64(sequence)),
        wall: WallTime(nanoseconds: 1_795_000_000_000_000_000), synced: true)
      let reading = Reading(
        identity: Identity(sensor: "old", epoch: ring.epoch, sequence: UInt64(sequence)), time: time,
        quantities: [.temperature(Temperature(millicelsius: 20_000))], quality: .good)
      ring.append(ReportCoder.encode(.reading(reading)), critical: false, now: now)
    }
    ring.close(now: now)
  }
}
