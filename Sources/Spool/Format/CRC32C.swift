/// The CRC-32C (Castagnoli) of `bytes`: reflected polynomial 0x82F63B78, as in RFC 3720 appendix B.4.
/// Processes eight bytes at a time ("slicing by 8"), so that opening a large store costs little on a small board.
func crc32c(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
  crcTables.withUnsafeBufferPointer { table in
    var crc: UInt32 = .max
    var offset = 0
    while offset &+ 8 <= bytes.count {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) ^ UInt64(crc)
      let low = table[1792 &+ Int(word & 0xFF)] ^ table[1536 &+ Int((word >> 8) & 0xFF)]
      let middle = table[1280 &+ Int((word >> 16) & 0xFF)] ^ table[1024 &+ Int((word >> 24) & 0xFF)]
      let upper = table[768 &+ Int((word >> 32) & 0xFF)] ^ table[512 &+ Int((word >> 40) & 0xFF)]
      let high = table[256 &+ Int((word >> 48) & 0xFF)] ^ table[Int(word >> 56)]
      crc = low ^ middle ^ upper ^ high
      offset &+= 8
    }
    while offset < bytes.count {
      crc = (crc >> 8) ^ table[Int((crc ^ UInt32(bytes[offset])) & 0xFF)]
      offset &+= 1
    }
    return ~crc
  }
}

/// The same for callers that keep a file beside the spool.
package func crc32c(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { crc32c($0) } }

/// Eight tables of 256 entries: entry `k * 256 + b` is the effect of byte `b` on a CRC shifted by `k` more bytes.
private let crcTables: [UInt32] = {
  var tables = [UInt32](repeating: 0, count: 8 * 256)
  for byte in 0..<256 {
    var crc = UInt32(byte)
    for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
    tables[byte] = crc
  }
  for entry in 256..<tables.count {
    let shorter = tables[entry - 256]
    tables[entry] = (shorter >> 8) ^ tables[Int(shorter & 0xFF)]
  }
  return tables
}()
