import Spool

/// A disk in memory that may fail, and that remembers what was done to it, so that a test can cut the power after any
/// operation. Like a real one it keeps writes in a cache until they are synced, and reads see the cache.
package final class MemoryDisk: BlockStore {
  /// What changes the medium, in the order in which it was asked for.
  package enum Operation: Hashable, Sendable {
    case create(segment: Int)
    case remove(segment: Int)
    case write(slot: Int, block: [UInt8])
    case sync(segment: Int)
    case failedSync(segment: Int)
    /// Durable at once; nil: removed.
    case note([UInt8]?)
  }

  package enum Access: Hashable, Sendable {
    case list, create, remove, read, write, sync, readNote, writeNote, removeNote
  }

  /// What is on the medium: slots of 4096 bytes.
  package struct Image: Sendable {
    package let slotsPerSegment: Int
    package var slots: [Int: [UInt8]] = [:]
    /// What says whose the records are.
    package var note: [UInt8]?

    package init(slotsPerSegment: Int) { self.slotsPerSegment = slotsPerSegment }

    package var segments: [Int] { Set(slots.keys.map { $0 / slotsPerSegment }).sorted() }

    mutating func create(_ segment: Int) {
      for index in 0..<slotsPerSegment {
        slots[segment * slotsPerSegment + index] = [UInt8](repeating: 0, count: blockSize)
      }
    }

    mutating func remove(_ segment: Int) {
      for index in 0..<slotsPerSegment { slots[segment * slotsPerSegment + index] = nil }
    }
  }

  /// What reads see: the medium, and over it what is in the cache.
  package var image: Image
  /// Everything that succeeded, and the syncs that failed, since the disk was made.
  package private(set) var operations: [Operation] = []
  /// Reads as well.
  package private(set) var accesses = 0
  /// Asked before each access: an errno makes it fail. The number counts accesses of that kind, from 0; `place` is
  /// the slot, or the segment where the access has no slot.
  package var fault: (_ access: Access, _ number: Int, _ place: Int) -> Int32? = { _, _, _ in nil }

  private var counts: [Access: Int] = [:]

  package var slotsPerSegment: Int { image.slotsPerSegment }

  package init(_ image: Image) { self.image = image }

  package convenience init(slotsPerSegment: Int = 64) { self.init(Image(slotsPerSegment: slotsPerSegment)) }

  private func check(_ access: Access, _ place: Int) throws(StorageError) {
    let number = counts[access, default: 0]
    counts[access] = number + 1
    accesses += 1
    if let code = fault(access, number, place) { throw StorageError("\(access) \(place) in memory", code: code) }
  }

  package func segments() throws(StorageError) -> SegmentNumbers {
    try check(.list, 0)
    return SegmentNumbers(image.segments)
  }

  package func reopen() throws(StorageError) {}

  package func createSegment(_ number: Int) throws(StorageError) {
    try check(.create, number)
    operations.append(.create(segment: number))
    image.create(number)
  }

  package func removeSegment(_ number: Int) throws(StorageError) {
    try check(.remove, number)
    operations.append(.remove(segment: number))
    image.remove(number)
  }

  package func readNote() throws(StorageError) -> [UInt8]? {
    try check(.readNote, 0)
    return image.note
  }

  package func writeNote(_ bytes: [UInt8]) throws(StorageError) {
    try check(.writeNote, 0)
    keep(bytes)
  }

  package func removeNote() throws(StorageError) {
    try check(.removeNote, 0)
    keep(nil)
  }

  private func keep(_ note: [UInt8]?) {
    operations.append(.note(note))
    image.note = note
  }

  package func read(slot: Int) throws(StorageError) -> [UInt8] {
    try check(.read, slot)
    guard let block = image.slots[slot] else { throw StorageError("read slot \(slot), which does not exist", code: 0) }
    return block
  }

  package func write(_ block: [UInt8], slot: Int) throws(StorageError) {
    try check(.write, slot)
    guard image.slots[slot] != nil, block.count == blockSize else {
      throw StorageError("write \(block.count) bytes to slot \(slot)", code: 0)
    }
    operations.append(.write(slot: slot, block: block))
    image.slots[slot] = block
  }

  /// A sync that fails leaves what it should have saved in the cache for reads, and forgets to save it ever: what
  /// Linux does with a page that could not be written.
  package func sync(segment: Int) throws(StorageError) {
    do throws(StorageError) { try check(.sync, segment) } catch {
      operations.append(.failedSync(segment: segment))
      throw error
    }
    operations.append(.sync(segment: segment))
  }
}
