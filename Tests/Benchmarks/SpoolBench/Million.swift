import ArgumentParser
import Spool

/// Every record comes back, in order, with its bytes; and what that costs.
struct Million: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Appends records and takes them out again; checks each.")

  @Option(help: "How many.")
  var records: RecordNumber = 1_000_000

  @Argument(help: "An empty directory.")
  var directory: String

  func run() throws {
    // 4096 bytes of block hold at least 45 records of 79 bytes: nothing has to be evicted.
    let capacity = Int64(records) / 45 * 4096 + (64 << 20)
    let path = directory + "/spool"
    let (appending, draining, bytes) = try withSpool(path, capacity: capacity, whenFull: .evictOldest) { spool in
      guard spool.counters.recovered == 0 else { throw Failure("\(path) is not empty") }
      let appending = ProcessorTime.of {
        for number in 0..<records { spool.append(payload(number), critical: false) }
      }
      let bytes = spool.counters.bytesWritten
      let draining = try ProcessorTime.of { try drain(spool) }
      let counters = spool.counters
      guard counters.acknowledged == Int(records), counters.waiting == 0, counters.lost == 0, counters.evicted == 0
      else { throw Failure("not what was appended: \(counters)") }
      return (appending, draining, bytes)
    }
    print("\(records) records of 61 to 79 bytes went in and came out, each as it was")
    try report(appending, draining, blocks: Int(bytes / 4096))
  }

  private func drain(_ spool: isolated Spool) throws {
    var expected: RecordNumber = 0
    try spool.drain { record in
      guard record.number == expected else { throw Failure("record \(record.number) came, not \(expected)") }
      guard record.bytes == payload(expected) else { throw Failure("record \(expected) has other bytes") }
      expected += 1
    }
    guard expected == records else { throw Failure("\(expected) of \(records) records came back") }
  }

  private func report(_ appending: ProcessorTime, _ draining: ProcessorTime, blocks: Int) throws {
    let making = ProcessorTime.of { for number in 0..<records { keep(payload(number)) } }
    let copying = ProcessorTime.of {
      var copy: [UInt8] = []
      for number in 0..<records {
        copy.replaceSubrange(0..., with: payload(number))
        keep(Yardstick.crc32c(copy))
      }
    }
    let bare = try Yardstick.blocks(blocks, path: directory + "/yardstick")
    let (append, drain, copy) = (appending - making, draining - making, copying - making)
    print("processor ms for 1,000 records          user  system   total")
    row("append", append)
    row("drain", drain)
    row("yardstick: copy, CRC-32C", copy)
    row("yardstick: \(blocks) bare writes", bare.writing)
    row("yardstick: \(blocks) bare reads", bare.reading)
    print("append: \(fixed(append.total / (copy + bare.writing).total, 1)) times copy and writes")
    print("drain: \(fixed(drain.total / (copy + bare.reading).total, 1)) times copy and reads")
  }

  private func row(_ name: String, _ time: ProcessorTime) {
    let columns = [time.user, time.system, time.total].map { column(fixed($0 * 1e6 / Double(records), 3), 8) }
    print(pad(name, 36) + columns.joined())
  }
}
