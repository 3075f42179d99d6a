import ArgumentParser
import Glibc
import Linux
import Spool

/// The cost of opening a full spool, after a clean end and after damage, in a process of its own.
struct Opening: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open", abstract: "Fills a spool of 64 MiB and measures what opening it costs.")

  @Argument(help: "An empty directory.")
  var directory: String

  func run() throws {
    let path = directory + "/spool"
    let count = try withSpool(path) { try $0.fill() }
    print("a full spool: \(count) records in 64 MiB")
    try openOnce(path, "as it was closed")
    try damage(segments(path).suffix(2), blocks: 0..<64)
    try openOnce(path, "the newest two segments damaged")
    try damage(segments(path).dropLast(2), blocks: 0..<32)
    // Each segment has to be searched for its newest block: what is in it is read as a whole.
    try openOnce(path, "and the first half of all others", limit: 1.5)
  }

  /// `limit`: of the processor time that a plain CRC-32C of 64 MiB takes.
  private func openOnce(_ path: String, _ state: String, limit: Double = 0.5) throws {
    fflush(nil)
    var child = pid_t()
    let arguments = ["spoolbench", "open-once", "--state", state, "--limit", "\(limit)", path]
    var pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    let error = posix_spawn(&child, "/proc/self/exe", nil, nil, &pointers, environ)
    guard error == 0 else { throw Failure("posix_spawn", error) }
    var status: Int32 = 0
    guard waitpid(child, &status, 0) == child, status == 0 else { throw ExitCode.failure }
  }

  /// Turns a bit in these blocks of each file.
  private func damage(_ paths: some Sequence<String>, blocks: Range<Int>) throws {
    for path in paths {
      let file = Glibc.open(path, O_RDWR | O_CLOEXEC)
      guard file >= 0 else { throw Failure(path, errno) }
      defer { close(file) }
      var byte: UInt8 = 0
      for block in blocks {
        let place = off_t(block * blockSize + 2048)
        guard pread(file, &byte, 1, place) == 1 else { throw Failure(path, errno) }
        byte ^= 0x10
        guard pwrite(file, &byte, 1, place) == 1 else { throw Failure(path, errno) }
      }
    }
  }

  /// The newest last: a spool that was filled once has made them in this order.
  private func segments(_ path: String) throws -> [String] {
    let numbers = try SegmentFiles(directory: path).segments()
    return numbers.map { path + "/" + SegmentFile.name(of: $0) }
  }
}

/// The other process.
struct OpenOnce: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "open-once", shouldDisplay: false)

  @Option var state: String
  @Option var limit: Double
  @Argument var path: String

  func run() throws {
    var counters = SpoolCounters()
    let opening = try ProcessorTime.of { counters = try withSpool(path) { $0.counters } }
    let block = [UInt8](repeating: 0xA5, count: 4096)
    let checksums = ProcessorTime.of { for _ in 0..<16384 { keep(Yardstick.crc32c(block)) } }
    let ratio = opening.total / checksums.total
    print(
      "opened, \(state): \(fixed(opening.total * 1000, 1)) ms of processor time, \(counters.recovered) records; "
        + "\(fixed(ratio, 2)) of a CRC-32C over 64 MiB (limit \(limit))")
    guard counters.recovered > 0 else { throw Failure("nothing was recovered") }
    guard ratio <= limit else { throw Failure("opening costs too much") }
  }
}
