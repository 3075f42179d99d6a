/// One-byte checksums.
enum CRC8 {
  /// Sensirion's checksum: polynomial 0x31, start 0xFF, not reflected, no final xor (SHT3x-DIS datasheet version 5,
  /// section 4.12; its example: BE EF gives 92). The SHT2x and its relatives start with zero (HTU21D: 68 3A gives 7C).
  static func sensirion(_ bytes: some Sequence<UInt8>, startingWith start: UInt8 = 0xFF) -> UInt8 {
    bytes.reduce(start) { crc, byte in
      (0..<8).reduce(crc ^ byte) { value, _ in value & 0x80 == 0 ? value << 1 : value << 1 ^ 0x31 }
    }
  }

  /// The checksum of a BMP388's or BMP390's calibration: polynomial 0x1D, start 0xFF, not reflected, inverted (the
  /// self-test of Bosch's BMP3 sensor API).
  static func bmp3(_ bytes: some Sequence<UInt8>) -> UInt8 {
    ~bytes.reduce(0xFF) { crc, byte in
      (0..<8).reduce(crc ^ byte) { value, _ in value & 0x80 == 0 ? value << 1 : value << 1 ^ 0x1D }
    }
  }

  /// The SMBus packet error code: polynomial 0x07, start 0 (System Management Bus specification 3.2, section 6.4.1.2).
  static func packet(_ bytes: some Sequence<UInt8>) -> UInt8 {
    bytes.reduce(0) { crc, byte in
      (0..<8).reduce(crc ^ byte) { value, _ in value & 0x80 == 0 ? value << 1 : value << 1 ^ 0x07 }
    }
  }
}
