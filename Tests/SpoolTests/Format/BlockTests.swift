import TestSupport
import Testing

@testable import Spool

@Suite struct BlockTests {
  private let block = Block(
    number: 0x0102_0304_0506, serial: 9, store: 0xA1B2_C3D4_E5F6_0718, cursor: 40, first: 42, holes: 3, evicted: 5,
    expired: 8,
    lost: 6, epoch: 7, records: [[1, 2, 3], nil, [], [UInt8](repeating: 0xEE, count: 300)], carried: [[9], []])

  private func fault(_ bytes: [UInt8]) -> BlockFault? {
    do throws(BlockFault) {
      _ = try Block(decoding: bytes)
      return nil
    } catch {
      return error
    }
  }

  @Test("CRC-32C of the vectors in RFC 3720 B.4")
  func checksum() {
    let vectors: [([UInt8], UInt32)] = [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      ([UInt8](0..<32), 0x46DD_794E),
      ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
      (Array("123456789".utf8), 0xE306_9283),
    ]
    for (bytes, expected) in vectors { #expect(bytes.withUnsafeBytes { crc32c($0) } == expected) }
  }

  @Test("A block comes back as it was written")
  func roundTrip() throws {
    let bytes = block.encoded()
    #expect(bytes.count == 4096)
    #expect(try Block(decoding: bytes) == block)
    var full = block
    full.records = [payload(1, length: Block.maximumRecord)]
    full.carried = []
    #expect(try Block(decoding: full.encoded()) == full)
    var empty = block
    (empty.records, empty.carried) = ([], [payload(1, length: Block.maximumRecord)])
    #expect(try Block(decoding: empty.encoded()) == empty)
  }

  @Test("The bytes of a block are those that the format says")
  func layout() {
    let bytes = block.encoded()
    #expect(bytes[0..<4] == [0x46, 0x50, 0x42, 1])
    #expect(bytes[8..<16] == [6, 5, 4, 3, 2, 1, 0, 0])
    #expect(bytes[40..<48] == [42, 0, 0, 0, 0, 0, 0, 0])
    #expect(bytes[80..<90] == [7, 0, 0, 0, 4, 0, 2, 0, 60, 1])
    #expect(bytes[96..<105] == [3, 0, 1, 2, 3, 0xFF, 0xFF, 0, 0])
  }

  @Test("A flipped bit in any byte is noticed")
  func flippedBits() {
    let bytes = block.encoded()
    for index in bytes.indices {
      var bad = bytes
      bad[index] ^= 1 << UInt8(index % 8)
      #expect(fault(bad) != nil, "bit \(index % 8) of byte \(index)")
    }
  }

  @Test("A block torn at any sector is noticed")
  func torn() {
    let old = Block(
      number: 1, serial: 1, store: 2, cursor: 0, first: 0, holes: 0, evicted: 0, expired: 0, lost: 0, epoch: 1,
      records: [payload(9, length: 3990)], carried: []
    ).encoded()
    var new = block
    (new.records, new.carried) = ([payload(10, length: 3990)], [])
    let bytes = new.encoded()
    for sector in 1..<8 {
      #expect(fault(Array(bytes[..<(sector * 512)] + old[(sector * 512)...])) != nil)
      #expect(fault(Array(old[..<(sector * 512)] + bytes[(sector * 512)...])) != nil)
    }
  }

  @Test("Zeros are blank, other bytes foreign, another version named, a short block malformed")
  func kinds() {
    #expect(fault([UInt8](repeating: 0, count: 4096)) == .blank)
    #expect(fault([UInt8](repeating: 0xFF, count: 4096)) == .foreign)
    var newer = block.encoded()
    newer[3] = 9
    seal(&newer)
    #expect(fault(newer) == .version(9))
    #expect(fault(Array(block.encoded().dropLast())) == .malformed("4095 bytes"))
    #expect(fault([]) == .malformed("0 bytes"))
  }

  @Test("Every count, used and length that does not fit is refused behind a valid checksum")
  func resealedFields() {
    let good = block.encoded()
    for value in [0, 1, 3, 5, 6, 100, 2000, 2001, 3999, 4000, 4001, 0x7FFF, 0xFFFE, 0xFFFF] {
      for offset in [84, 86, 88, 96, 101, 103, 105] {
        var bad = good
        bad[offset] = UInt8(value & 0xFF)
        bad[offset + 1] = UInt8(value >> 8)
        // An empty entry for an absent one and the other way round: no bytes either way, and legal.
        let fits = (offset == 101 && value == 0) || (offset == 103 && value == 0xFFFF)
        guard bad != good, !fits else { continue }
        seal(&bad)
        if case .malformed = fault(bad) { continue }
        Issue.record("\(value) at \(offset) was accepted")
      }
    }
  }

  @Test("Numbers that could overflow are refused behind a valid checksum")
  func resealedNumbers() {
    for offset in [8, 16, 32, 40, 48, 56, 64, 72, 80, 90] {
      for value: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0, 0, 0, 0, 0x10]] {
        let size = [80: 4, 90: 6][offset] ?? 8
        if size < 8, value[0] == 0 { continue }
        var bad = block.encoded()
        bad.replaceSubrange(offset..<offset + size, with: value.prefix(size))
        seal(&bad)
        guard case .malformed = fault(bad) else {
          Issue.record("\(value) at \(offset) was accepted")
          continue
        }
      }
    }
  }

  @Test(
    "Random bytes behind a valid checksum never crash the decoder, and what it takes encodes to a block",
    arguments: [1, 2, 3])
  func resealedNoise(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<300 {
      var bytes = block.encoded()
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        bytes[Int.random(in: 8..<120, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      seal(&bytes)
      if let decoded = try? Block(decoding: bytes) { #expect(try Block(decoding: decoded.encoded()) == decoded) }
    }
  }
}
