/// The humidity chips' checksum, computed bit by bit: x^8 + x^5 + x^4 + 1.
enum Checksum31 {
  static func of(_ bytes: [UInt8], startingWith start: UInt8) -> UInt8 {
    var register = start
    for byte in bytes {
      for bit in (0..<8).reversed() {
        let feedback = register >> 7 ^ byte >> bit & 1
        register = register << 1 ^ (feedback == 1 ? 0x31 : 0)
      }
    }
    return register
  }

  /// A word, high byte first, followed by its checksum.
  static func word(_ word: UInt16, startingWith start: UInt8 = 0xFF) -> [UInt8] {
    let bytes = [UInt8(word >> 8), UInt8(word & 0xFF)]
    return bytes + [of(bytes, startingWith: start)]
  }
}
