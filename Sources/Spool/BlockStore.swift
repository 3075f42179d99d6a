import Glibc

/// Where blocks live: numbered slots of 4 KiB in segments, on a disk that may fail, fill up, tear and lie. The seam
/// between the ring and the file system.
///
/// A slot is `segment * slotsPerSegment + index`. Writes are not durable before `sync` has returned.
package protocol BlockStore: AnyObject {
  /// Slots in one segment.
  var slotsPerSegment: Int { get }

  /// The numbers of the segments that exist.
  func segments() throws(StorageError) -> SegmentNumbers

  /// Makes segment `number`: every slot written with zeros and made durable, so that later writes change no metadata.
  func createSegment(_ number: Int) throws(StorageError)

  /// Gives the space of segment `number` back, of which nothing is needed any more. After a power cut it may be there again.
  func removeSegment(_ number: Int) throws(StorageError)

  /// The 4096 bytes of a slot.
  func read(slot: Int) throws(StorageError) -> [UInt8]

  /// Whether the medium gives a slot by now, whatever a cache may still have of it.
  func probe(slot: Int) throws(StorageError)

  /// Overwrites a slot with 4096 bytes.
  func write(_ block: [UInt8], slot: Int) throws(StorageError)

  /// Returns when what was written to this segment is on the medium (fdatasync).
  func sync(segment: Int) throws(StorageError)

  /// The bytes of the store's note of its device; nil: there is none. Throws for one that is longer than `DeviceNote.limit`.
  func readNote() throws(StorageError) -> [UInt8]?

  /// Replaces that note, all or nothing; it is durable when this returns.
  func writeNote(_ bytes: [UInt8]) throws(StorageError)

  /// After this there is none.
  func removeNote() throws(StorageError)

  /// Begins anew with what is there now: after failures the medium may have been away, and come back.
  func reopen() throws(StorageError)

  /// Throws when the store's name no longer leads to what is open: the directory or one of these segments was removed,
  /// renamed, or hidden by something that was mounted over it. Descriptors go on working then, and nobody would notice.
  func confirm(_ segments: [Int]) throws(StorageError)

  /// What the name leads to by now, where `confirm` throws; nil: what is open. What is open stays so, and can be read.
  func successor(of segments: [Int]) -> (any BlockStore)?
}

/// For stores without a name, and without a cache.
extension BlockStore {
  package func probe(slot: Int) throws(StorageError) { _ = try read(slot: slot) }
  package func confirm(_ segments: [Int]) throws(StorageError) {}
  package func successor(of segments: [Int]) -> (any BlockStore)? { nil }
}

/// A failed operation on the disk.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// `write slot 812 in /var/lib/fieldpost/spool/00000003.seg`.
  package let operation: String
  /// The errno; 0 where there was none (a short read).
  package let code: Int32
  /// In place of the errno's own words, where more is known.
  private let reason: String?
  private let isNotOurs: Bool
  /// The store is sound, and what waits in it is another device's.
  package let otherDevice: OtherDevice?

  package init(_ operation: String, code: Int32, reason: String? = nil) {
    self.operation = operation
    self.code = code
    self.reason = reason
    (isNotOurs, otherDevice) = (false, nil)
  }

  /// What is there is not this program's: nothing may be written to it, and waiting will not help.
  package init(refusing operation: String) {
    self.operation = operation
    (code, reason, isNotOurs, otherDevice) = (0, nil, true, nil)
  }

  /// As `refusing`: under this device's name the records that wait would lie.
  init(_ other: OtherDevice) {
    let records = other.waiting == 1 ? "1 record waits" : "\(other.waiting) records wait"
    operation =
      "use the buffer: in it \(records) of the device \(other.owner), and this is \(other.user); nothing was changed"
    (code, reason, isNotOurs, otherDevice) = (0, nil, true, other)
  }

  package var description: String {
    if let reason { return "\(operation): \(reason)" }
    return code == 0 ? operation : "\(operation): \(String(cString: strerror(code)))"
  }

  /// The spool must not be used, and waiting will not help: it is not ours, or another process has it.
  var isRefusal: Bool { isNotOurs || isInUse }
  /// Another process has it.
  package var isInUse: Bool { code == EWOULDBLOCK }
  /// The disk works, and is full.
  var isNoSpace: Bool { code == ENOSPC || code == EDQUOT }
}

/// Bytes in a block.
package let blockSize = 4096
