import Glibc

/// The price that any program pays for the same bytes. It makes figures of different machines comparable.
enum Yardstick {
  /// CRC-32C, one byte at a time.
  static func crc32c(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes { crc = crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
    return ~crc
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
  }

  /// Writes so many blocks of 4 KiB to a new file, one after the other, without syncing; reads them; removes it.
  static func blocks(_ count: Int, path: String) throws -> (writing: ProcessorTime, reading: ProcessorTime) {
    let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Failure(path, errno) }
    defer {
      close(file)
      unlink(path)
    }
    var block = [UInt8](repeating: 0xA5, count: 4096)
    let writing = try ProcessorTime.of {
      for index in 0..<count where pwrite(file, block, block.count, off_t(index * block.count)) != block.count {
        throw Failure(path, errno)
      }
    }
    let reading = try ProcessorTime.of {
      for index in 0..<count where pread(file, &block, block.count, off_t(index * block.count)) != block.count {
        throw Failure(path, errno)
      }
    }
    return (writing, reading)
  }
}
