import Telemetry
import TestSupport
import Testing

@testable import Spool

/// The beginning of each test of records that leave their turn.
protocol UsesLanes {
  var lossReporter: SilentBookkeeper { get }
}

extension UsesLanes {
  func ring(_ disk: MemoryDisk, order: SpoolOptions.Order = .oldestFirst, segments: Int = 6) throws -> Ring {
    var options = smallOptions(segments: segments)
    options.order = order
    var ring = try Ring(opening: disk, options: options, lossReporter: lossReporter, now: start)
    ring.notices = []
    return ring
  }

  /// Ten records on the disk, which nobody has read.
  func backlog(_ ring: inout Ring) {
    for number in 0..<10 as Range<RecordNumber> { ring.append(payload(number), critical: number == 9, now: start) }
  }

  func numbers(_ records: [SpooledRecord]) -> [RecordNumber] { records.map(\.number) }
}
