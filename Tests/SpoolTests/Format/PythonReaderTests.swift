import Foundation
import Linux
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Tests/Reader/read-spool knows only FORMAT.md. What it finds in real files must be what the others find.
@Suite struct PythonReaderTests {
  /// The lines that it prints; nil when it fails.
  private func read(_ directory: String) throws -> [String]? {
    let reader = projectFolder + "/Tests/Reader/read-spool"
    // Not Foundation's Process, which crashes when a thousand descriptors are open.
    let stream = try #require(popen("python3 '\(reader)' '\(directory)' 2> /dev/null", "r"))
    let output = FileHandle(fileDescriptor: fileno(stream), closeOnDealloc: false).readDataToEndOfFile()
    guard pclose(stream) == 0 else { return nil }
    return String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map(String.init)
  }

  private func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

  /// Acknowledgements, restarts, evictions with their reports, segments used again.
  private func work(_ directory: String, seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var options = SpoolOptions()
    options.capacity = 3 << 18
    var now = start
    for _ in 0..<3 {
      var ring = try unlocked {
        try Ring(
          opening: SegmentFiles(directory: directory), options: options, lossReporter: WordyBookkeeper(seed: seed),
          now: now)
      }
      for _ in 0..<Int.random(in: 20..<120, using: &random) {
        for _ in 0..<Int.random(in: 1..<8, using: &random) {
          let length = Int.random(in: 0...Block.maximumRecord, using: &random)
          ring.append(payload(ring.ram.end, salt: seed, length: length), critical: false, now: now)
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
          let records = ring.next(after: nil, limit: Int.random(in: 1..<20, using: &random), now: now)
          for record in records where Int.random(in: 0..<9, using: &random) > 0 {
            ring.acknowledge(record.number, now: now)
          }
        }
        now = now + .seconds(Int.random(in: 0..<9, using: &random))
        ring.tick(now: now)
      }
      // Not closed: as after a power cut.
    }
  }

  /// A child process of another test has all our files open until it executes its own program, the lock among them.
  private func unlocked(_ open: () throws -> Ring) throws -> Ring {
    for _ in 0..<100 {
      if let ring = try? open() { return ring }
      usleep(50_000)
    }
    return try open()
  }

  private func compare(_ directory: SpoolDirectory, _ place: Comment) throws {
    let found = Diagnostics(try SpoolReader(SegmentReader(directory: directory.path)))
    let lines = try #require(try read(directory.path))
    #expect(lines == found.waiting.map { hex($0.bytes) } + found.carried.map(hex), place)
    var options = SpoolOptions()
    options.capacity = 9 << 18
    var ring = try unlocked {
      try Ring(opening: SegmentFiles(directory: directory.path), options: options, now: start)
    }
    #expect(lines == ring.readAll().map { hex($0.bytes) }, place)
    #expect(ring.counters.lost == Int(found.lost), place)
  }

  @Test("The Python reader, SpoolReader and the ring find the same", arguments: 1...4 as ClosedRange<UInt64>)
  func same(seed: UInt64) throws {
    let directory = SpoolDirectory()
    try work(directory.path, seed: seed)
    try compare(directory, "seed \(seed)")
  }

  @Test("Also when a block is torn and a file cut short", arguments: 5...8 as ClosedRange<UInt64>)
  func damaged(seed: UInt64) throws {
    let directory = SpoolDirectory()
    try work(directory.path, seed: seed)
    var random = SeededRandom(seed: seed)
    let file = try #require(FileHandle(forUpdatingAtPath: directory.segment(Int(seed % 2))))
    for _ in 0..<3 {
      try file.seek(toOffset: UInt64(4_096 * Int.random(in: 1..<60, using: &random) + 512))
      try file.write(contentsOf: Data(count: 512))
    }
    if seed % 2 == 1 { try file.truncate(atOffset: 50 * 4_096) }
    try file.close()
    try compare(directory, "seed \(seed)")
  }

  @Test("The Python reader stops at a newer version, and finds nothing in a directory without a spool")
  func refusals() throws {
    let directory = SpoolDirectory()
    try directory.fill()
    var block = try SegmentFiles(directory: directory.path).read(slot: 5)
    block[3] = 2
    seal(&block)
    try SegmentFiles(directory: directory.path).write(block, slot: 5)
    #expect(try read(directory.path) == nil)
    #expect(try read(NSTemporaryDirectory()) == [])
  }
}
