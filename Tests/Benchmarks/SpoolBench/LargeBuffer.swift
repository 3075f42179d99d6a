import ArgumentParser
import Glibc
import Linux
import Spool

/// The cost of a full buffer of 64 GiB at the start, beside one of 64 MiB.
struct LargeBuffer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "opening", abstract: "Measures memory and reads of opening full buffers of 64 MiB to 64 GiB.",
    discussion:
      "The files are sparse: a first block in each, which is what recovery reads. 64 GiB take 1 GiB on the disk.")

  /// In KiB, more than for 64 MiB.
  private static let memoryLimit = 1_024
  /// Reads beside one for each segment: the last two segments as a whole, and where the oldest record is.
  private static let extraReads = 256

  @Option(help: "The largest buffer, in MiB.")
  var largest = 65_536
  @Argument(help: "An empty directory.")
  var directory: String

  func run() throws {
    print("buffer, MiB   segments      reads   peak of memory, KiB")
    var least: Int?
    for mebibytes in [64, 1_024, 8_192, 65_536] where mebibytes <= largest {
      let path = "\(directory)/\(mebibytes)"
      let segments = mebibytes * 4
      try SparseBuffer(path: path).make(segments)
      let (reads, memory) = try openInChild(path)
      print(column("\(mebibytes)", 11) + column("\(segments)", 11) + column("\(reads)", 11) + column("\(memory)", 22))
      let limit = (least ?? memory) + Self.memoryLimit
      least = least ?? memory
      guard memory <= limit else { throw Failure("more than \(Self.memoryLimit) KiB above the smallest buffer") }
      // Looking at each file counts too.
      guard reads <= 2 * segments + Self.extraReads else { throw Failure("more than one read for each segment") }
      for number in 0..<segments { unlink("\(path)/\(SegmentFile.name(of: number))") }
    }
    print("at most \(Self.memoryLimit) KiB more than for 64 MiB, and one read for each segment")
  }

  /// Memory that another opening has used is not counted.
  private func openInChild(_ path: String) throws -> (reads: Int, memory: Int) {
    fflush(nil)
    guard let stream = popen("/proc/\(getpid())/exe open-large '\(path)'", "r") else { throw Failure("popen", errno) }
    var line = [CChar](repeating: 0, count: 256)
    let isRead = fgets(&line, Int32(line.count), stream) != nil
    let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      .split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    guard pclose(stream) == 0, isRead, words.count == 2 else { throw Failure("the opening has failed") }
    return (words[0], words[1])
  }
}

/// The other process.
struct OpenLarge: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "open-large", shouldDisplay: false)

  @Argument var path: String

  func run() throws {
    let reads = ReadCount()
    let counters = try withSpool(path, capacity: 64 << 30, counting: reads) { $0.counters }
    guard counters.recovered > 0, !counters.degraded else { throw Failure("nothing was recovered: \(counters)") }
    print("\(reads.value) \(try peakMemory())")
  }

  /// VmHWM of this process, in KiB.
  private func peakMemory() throws -> Int {
    let status = String(decoding: try readFile("/proc/self/status", limit: 8_192), as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    guard let value = line?.split(whereSeparator: \.isWhitespace).dropFirst().first, let kibibytes = Int(value) else {
      throw Failure("no VmHWM in /proc/self/status")
    }
    return kibibytes
  }
}

/// A buffer that is full, as FORMAT.md has it: in each segment the first block, and nothing but holes in the files behind it.
struct SparseBuffer {
  let path: String
  private static let records = 62
  private static let recordSize = 62

  func make(_ segments: Int) throws {
    guard mkdir(path, 0o700) == 0 else { throw Failure(path, errno) }
    for segment in 0..<segments {
      let name = "\(path)/\(SegmentFile.name(of: segment))"
      let file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard file >= 0 else { throw Failure(name, errno) }
      defer { close(file) }
      let block = block(UInt64(segment))
      guard pwrite(file, block, block.count, 0) == block.count,
        ftruncate(file, off_t(SegmentFile.slots * blockSize)) == 0
      else {
        throw Failure(name, errno)
      }
    }
  }

  private func block(_ segment: UInt64) -> [UInt8] {
    let entry = [UInt8(Self.recordSize), 0] + [UInt8](repeating: 7, count: Self.recordSize)
    let entries = [[UInt8]](repeating: entry, count: Self.records).flatMap { $0 }
    var body: [UInt8] = []
    func put(_ value: UInt64, bytes: Int = 8) {
      for index in 0..<bytes { body.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }
    // number, serial, store, cursor, first, holes, evicted, expired, lost
    for value in [segment * 64, segment + 1, 77, 0, segment * 62 * UInt64(Self.records), 0, 0, 0, 0] { put(value) }
    put(1, bytes: 4)
    put(UInt64(Self.records), bytes: 2)
    put(0, bytes: 2)
    put(UInt64(entries.count), bytes: 2)
    put(0, bytes: 6)
    body += entries
    body += [UInt8](repeating: 0, count: blockSize - 8 - body.count)
    let crc = Yardstick.crc32c(body)
    return [0x46, 0x50, 0x42, 1] + (0..<4).map { UInt8(truncatingIfNeeded: crc >> (8 * $0)) } + body
  }
}
