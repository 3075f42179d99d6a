/// Checksums of one byte.
enum CRC8 {
  /// Sensirion's: polynomial 0x31, start 0xFF, not reflected, no final xor (SHT3x-DIS datasheet version 5, section
  /// 4.12; its example: BE EF gives 92).
  static func sensirion(_ bytes: some Sequence<UInt8>) -> UInt8 {
    bytes.reduce(0xFF) { crc, byte in
      (0..<8).reduce(crc ^ byte) { value, _ in value & 0x80 == 0 ? value << 1 : value << 1 ^ 0x31 }
    }
  }
}
