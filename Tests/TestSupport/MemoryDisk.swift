import Spool

/// A disk in memory that can be made to fail. It records all operations, so that a test can cut the power after any of
/// them (`PowerCut`). As on a real disk, reads see writes that are not synced yet.
package final class MemoryDisk: BlockStore {
  /// An operation that changes the medium.
  package enum Operation: Hashable, Sendable {
    case create(segment: Int)
    case remove(segment: Int)
    case write(slot: Int, block: [UInt8])
    case sync(segment: Int)
    case failedSync(segment: Int)
    /// The note was written, durable at once; nil: it was removed.
    case note([UInt8]?)
  }

  package enum Access: Hashable, Sendable {
    case list, create, remove, read, write, sync, readNote, writeNote, removeNote
  }

  /// The contents of the medium: slots of 4096 bytes.
  package struct Image: Sendable {
    package let slotsPerSegment: Int
    package var slots: [Int: [UInt8]] = [:]
    /// The note that names the device that the records belong to.
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

  /// The contents as reads see them, including writes that are not synced yet.
  package var image: Image
  /// The operations that succeeded, and the syncs that failed, in order, since the disk was made.
  package private(set) var operations: [Operation] = []
  /// Number of accesses so far, including reads and failed ones.
  package private(set) var accesses = 0
  /// Called before each access; returning an errno makes the access fail. `number` counts accesses of that kind from 0.
  /// `place` is the slot, or the segment if the access has no slot, or 0 if it has neither.
  package var fault: (_ access: Access, _ number: Int, _ place: Int) -> Int32? = { _, _, _ in nil }

  private var counts: [Access: Int] = [:]

  package var slotsPerSegment: Int { image.slotsPerSegment }

  package init(_ image: Image) { self.image = image }

  package convenience init(slotsPerSegment: Int = 64) { self.init(Image(slotsPerSegment: slotsPerSegment)) }

  /// The operations since the last call; from now on the disk keeps only later ones.
  package func takeOperations() -> [Operation] {
    defer { operations = [] }
    return operations
  }

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

  /// After a failed sync, reads still see the unsynced writes, but no later sync saves them. Linux treats pages that
  /// could not be written in the same way.
  package func sync(segment: Int) throws(StorageError) {
    do throws(StorageError) { try check(.sync, segment) } catch {
      operations.append(.failedSync(segment: segment))
      throw error
    }
    operations.append(.sync(segment: segment))
  }
}
