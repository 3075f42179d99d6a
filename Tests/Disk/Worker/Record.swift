import TestSupport

/// Names a record for ever: which life of the writer made it, and as which one, from 0.
struct Name: Hashable, Comparable {
  let life: UInt32
  let index: UInt32

  static func < (a: Name, b: Name) -> Bool { (a.life, a.index) < (b.life, b.index) }
}

extension SeededRandom {
  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

/// A record is its name (8 bytes, little-endian) and bytes that follow from the name, 40 … 700 in all.
enum Record {
  static func bytes(_ name: Name) -> [UInt8] {
    var bytes = littleEndian(name.life) + littleEndian(name.index)
    var random = SeededRandom(seed: UInt64(name.life) << 32 | UInt64(name.index))
    let length = 40 + random.below(661)
    while bytes.count < length {
      var word = random.next()
      for _ in 0..<min(8, length - bytes.count) {
        bytes.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
      }
    }
    return bytes
  }

  /// Nil: not what `bytes(_:)` makes.
  static func name(of record: [UInt8]) -> Name? {
    guard record.count >= 40 else { return nil }
    let name = Name(life: number(in: record, at: 0), index: number(in: record, at: 4))
    return bytes(name) == record ? name : nil
  }
}

func littleEndian(_ number: UInt32) -> [UInt8] {
  [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
}

func number(in bytes: [UInt8], at place: Int) -> UInt32 {
  (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
}
