import Glibc
import Spool
import Telemetry

/// The file of a segment: its name, and how its blocks lie in it.
package enum SegmentFile {
  package static let slots = 64
  static let size = slots * blockSize

  /// `00000012.seg`.
  package static func name(of segment: Int) -> String { String(segment, padded: 8) + ".seg" }

  /// The number in `00000012.seg`; nil for other names.
  static func number(in name: String) -> Int? {
    guard name.utf8.count == 12, name.hasSuffix(".seg") else { return nil }
    let digits = name.dropLast(4)
    return digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(digits) : nil
  }

  /// The numbers of the segments in a directory, from the names of their files.
  static func numbers(in directory: String) throws(StorageError) -> SegmentNumbers {
    var numbers = SegmentNumbers()
    try storing { () throws(SystemError) in
      try forEachEntry(of: directory) { name in
        if let number = Self.number(in: name) { numbers.insert(number) }
      }
    }
    return numbers
  }

  /// Reads the block of a slot from an open file. `count`: how many of its bytes the file has; the others are zeros.
  static func read(
    _ file: Int32, slot: Int, _ operation: @autoclosure () -> String
  ) throws(StorageError) -> (block: [UInt8], count: Int) {
    let offset = slot % slots * blockSize
    var block = [UInt8](repeating: 0, count: blockSize)
    var done = 0
    while done < blockSize {
      let got = try retrying(operation()) {
        block.withUnsafeMutableBytes { raw in
          pread(file, raw.baseAddress.map { $0 + done }, blockSize - done, off_t(offset + done))
        }
      }
      if got == 0 { break }
      done += got
    }
    return (block, done)
  }
}
