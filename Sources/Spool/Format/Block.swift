/// One block on the disk: 4096 self-describing bytes, little-endian throughout.
///
/// | offset | size | field   | meaning |
/// |-------:|-----:|---------|---------|
/// |      0 |    4 | magic   | `F` `P` `B`, then the version of the format as a byte: 1 |
/// |      4 |    4 | crc     | CRC-32C over the bytes 8 … 4095 |
/// |      8 |    8 | number  | number of the block: the base of its segment plus the slot's index in it |
/// |     16 |    8 | serial  | serial number of the write: of two blocks, the larger one was written later |
/// |     24 |    8 | store   | id of the store, random, given when it was made |
/// |     32 |    8 | cursor  | every record below this number is settled: acknowledged, given up or lost |
/// |     40 |    8 | first   | number of the first record in this block |
/// |     48 |    8 | holes   | how many of the numbers below `first` never were in a block with bytes |
/// |     56 |    8 | evicted | records evicted, purged or rejected since the store was made |
/// |     64 |    8 | expired | records older than the age limit, given up since the store was made |
/// |     72 |    8 | lost    | records lost to bad blocks since the store was made |
/// |     80 |    4 | epoch   | epoch of the run that wrote the block, from 1 |
/// |     84 |    2 | count   | number of entries |
/// |     86 |    2 | carried | number of further entries, which are copies of later records |
/// |     88 |    2 | used    | bytes taken by all entries |
/// |     90 |    6 |         | zero |
/// |     96 | used | entries | length u16, then that many bytes; length 0xFFFF: no bytes, settled before the write |
/// |        | rest |         | zero |
///
/// Entry i has the number `first + i`. A carried entry is a report of losses that this block or an earlier one settled.
/// It becomes an ordinary record in a later block, unless that is never written. FORMAT.md says how blocks make a
/// store.
struct Block: Hashable {
  static let version: UInt8 = 1
  static let headerSize = 96
  /// Number of bytes for entries.
  static let capacity = blockSize - headerSize
  /// Maximum size of a record in bytes.
  static let maximumRecord = capacity - 2
  /// Maximum size of a loss report in bytes, so that it fits beside any record of a reasonable size.
  static let maximumReport = capacity / 2 - 2
  /// Limit for numbers read from a disk, so that sums of a few of them never overflow.
  static let numberLimit: UInt64 = 1 << 60
  static let epochLimit: UInt32 = 1 << 31
  private static let absent: UInt16 = .max

  var number: UInt64
  var serial: UInt64
  var store: UInt64
  var cursor: RecordNumber
  var first: RecordNumber
  var holes: UInt64
  var evicted: UInt64
  var expired: UInt64
  var lost: UInt64
  var epoch: UInt32
  /// Nil means that the record was settled before the block was written.
  var records: [[UInt8]?]
  /// Reports of losses that are in no block yet.
  var carried: [[UInt8]]

  /// One more than the number of the last record.
  var end: RecordNumber { first + UInt64(records.count) }
  /// `holes` counted at the end of this block.
  var holesAtEnd: UInt64 { holes(below: end) }

  /// `holes` counted at `number`, which lies in this block or at its end.
  func holes(below number: RecordNumber) -> UInt64 {
    holes + UInt64(records.prefix(Int(number - first)).count { $0 == nil })
  }

  /// Whether the block may be in this slot: its segment's base must be a multiple of the slots per segment.
  func stands(at index: Int, of slotsPerSegment: Int) -> Bool { number % UInt64(slotsPerSegment) == UInt64(index) }

  /// Bytes that a record takes of `capacity`.
  static func size(of record: [UInt8]?) -> Int { 2 + (record?.count ?? 0) }

  /// Encodes the block as 4096 bytes. The sizes of `records` and `carried` (`size(of:)`) must not exceed `capacity` in
  /// sum.
  func encoded() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: blockSize)
    bytes.withUnsafeMutableBytes { raw in
      raw.copyBytes(from: [0x46, 0x50, 0x42, Self.version])
      for (index, field) in [number, serial, store, cursor, first, holes, evicted, expired, lost].enumerated() {
        raw.storeBytes(of: field.littleEndian, toByteOffset: 8 + 8 * index, as: UInt64.self)
      }
      raw.storeBytes(of: epoch.littleEndian, toByteOffset: 80, as: UInt32.self)
      var offset = Self.headerSize
      for record in records + carried {
        let length = record.map { UInt16($0.count) } ?? Self.absent
        raw.storeBytes(of: length.littleEndian, toByteOffset: offset, as: UInt16.self)
        if let record { UnsafeMutableRawBufferPointer(rebasing: raw[(offset + 2)...]).copyBytes(from: record) }
        offset += Self.size(of: record)
      }
      for (index, count) in [records.count, carried.count, offset - Self.headerSize].enumerated() {
        raw.storeBytes(of: UInt16(count).littleEndian, toByteOffset: 84 + 2 * index, as: UInt16.self)
      }
    }
    seal(&bytes)
    return bytes
  }
}

/// Why 4096 bytes are not a block.
enum BlockFault: Error, Hashable {
  /// All bytes are zero: never written.
  case blank
  /// It has another magic.
  case foreign
  /// A block of another format version, with a correct checksum.
  case version(UInt8)
  case checksum(stored: UInt32, computed: UInt32)
  /// The checksum is correct, but no spool writes such a block; or the size or the header is wrong.
  case malformed(String)
}

extension Block {
  /// Decodes a block. `bytes` may have any content and length.
  init(decoding bytes: [UInt8]) throws(BlockFault) {
    guard bytes.count == blockSize else { throw .malformed("\(bytes.count) bytes") }
    guard bytes[0] == 0x46, bytes[1] == 0x50, bytes[2] == 0x42 else {
      guard bytes[..<4].allSatisfy({ $0 == 0 }) else { throw .foreign }
      // A power cut can leave the later sectors of a block without the first.
      throw bytes.allSatisfy { $0 == 0 } ? .blank : .malformed("no header")
    }
    let stored = UInt32(truncatingIfNeeded: word(bytes, at: 4, size: 4))
    let computed = bytes.withUnsafeBytes { crc32c(UnsafeRawBufferPointer(rebasing: $0[8...])) }
    guard stored == computed else { throw .checksum(stored: stored, computed: computed) }
    guard bytes[3] == Self.version else { throw .version(bytes[3]) }
    number = word(bytes, at: 8, size: 8)
    serial = word(bytes, at: 16, size: 8)
    store = word(bytes, at: 24, size: 8)
    cursor = word(bytes, at: 32, size: 8)
    first = word(bytes, at: 40, size: 8)
    holes = word(bytes, at: 48, size: 8)
    evicted = word(bytes, at: 56, size: 8)
    expired = word(bytes, at: 64, size: 8)
    lost = word(bytes, at: 72, size: 8)
    epoch = UInt32(truncatingIfNeeded: word(bytes, at: 80, size: 4))
    records = []
    carried = []
    for field in [number, serial, cursor, first, evicted, expired, lost] where field >= Self.numberLimit {
      throw .malformed("a number of \(field)")
    }
    guard holes <= first else { throw .malformed("\(holes) holes below \(first)") }
    guard epoch < Self.epochLimit else { throw .malformed("epoch \(epoch)") }
    guard word(bytes, at: 90, size: 6) == 0 else { throw .malformed("reserved bytes in use") }
    let entries = try Self.entries(of: bytes)
    let count = Int(word(bytes, at: 84, size: 2))
    records = Array(entries[..<count])
    carried = entries[count...].compactMap { $0 }
    guard count + carried.count == entries.count else { throw .malformed("a carried entry without bytes") }
  }

  private static func entries(of bytes: [UInt8]) throws(BlockFault) -> [[UInt8]?] {
    let count = Int(word(bytes, at: 84, size: 2)) + Int(word(bytes, at: 86, size: 2))
    let used = Int(word(bytes, at: 88, size: 2))
    guard used <= capacity, 2 * count <= used else { throw .malformed("\(count) entries in \(used) bytes") }
    var entries: [[UInt8]?] = []
    entries.reserveCapacity(count)
    var offset = headerSize
    let end = headerSize + used
    for index in 0..<count {
      guard offset + 2 <= end else { throw .malformed("entry \(index) begins beyond \(used) bytes") }
      let length = UInt16(truncatingIfNeeded: word(bytes, at: offset, size: 2))
      offset += 2
      guard length != absent else {
        entries.append(nil)
        continue
      }
      guard offset + Int(length) <= end else { throw .malformed("entry \(index) of \(length) bytes ends beyond") }
      entries.append(Array(bytes[offset..<offset + Int(length)]))
      offset += Int(length)
    }
    guard offset == end else { throw .malformed("\(end - offset) bytes behind the last entry") }
    return entries
  }
}

/// Writes the checksum of bytes 8 … 4095 into the block.
func seal(_ bytes: inout [UInt8]) {
  let crc = bytes.withUnsafeBytes { crc32c(UnsafeRawBufferPointer(rebasing: $0[8...])) }
  bytes.withUnsafeMutableBytes { $0.storeBytes(of: crc.littleEndian, toByteOffset: 4, as: UInt32.self) }
}

/// The little-endian number of `size` bytes at `offset`.
private func word(_ bytes: [UInt8], at offset: Int, size: Int) -> UInt64 {
  var value: UInt64 = 0
  for index in (0..<size).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
  return value
}
