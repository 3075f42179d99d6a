import Glibc

/// Storage for blocks: numbered slots of 4 KiB in segments, on a disk that may fail, fill up, tear blocks and lie about
/// syncs. The seam between the ring and the file system.
///
/// The slot number is `segment * slotsPerSegment + index`. Writes are durable only after `sync` has returned.
package protocol BlockStore: AnyObject {
  /// Number of slots in one segment.
  var slotsPerSegment: Int { get }

  /// The numbers of the segments that exist.
  func segments() throws(StorageError) -> SegmentNumbers

  /// Creates segment `number`: writes every slot with zeros and syncs, so that later writes change no metadata.
  func createSegment(_ number: Int) throws(StorageError)

  /// Frees the space of segment `number`, whose content is no longer needed. After a power cut the segment may exist
  /// again.
  func removeSegment(_ number: Int) throws(StorageError)

  /// Reads the 4096 bytes of a slot.
  func read(slot: Int) throws(StorageError) -> [UInt8]

  /// Checks that the medium can read a slot, bypassing any cache.
  func probe(slot: Int) throws(StorageError)

  /// Overwrites a slot with 4096 bytes.
  func write(_ block: [UInt8], slot: Int) throws(StorageError)

  /// Returns when everything written to this segment is on the medium (fdatasync).
  func sync(segment: Int) throws(StorageError)

  /// The bytes of the store's device note; nil means that there is none. Throws when it is longer than
  /// `DeviceNote.limit`.
  func readNote() throws(StorageError) -> [UInt8]?

  /// Replaces the device note atomically. It is durable when this returns.
  func writeNote(_ bytes: [UInt8]) throws(StorageError)

  /// Removes the device note, if there is one.
  func removeNote() throws(StorageError)

  /// Closes everything and opens it again: after failures the medium may have been removed and reinserted.
  func reopen() throws(StorageError)

  /// Throws when the store's path no longer leads to the open files: the directory or one of these segments was
  /// removed, renamed, or hidden by a mount. The open descriptors keep working in that case, so nothing else would
  /// notice.
  func confirm(_ segments: [Int]) throws(StorageError)

  /// The store that the path leads to now, when `confirm` throws; nil when the path leads to the open one or to
  /// nothing. The open files stay open and readable.
  func successor(of segments: [Int]) -> (any BlockStore)?
}

/// Defaults for stores without a path and without a cache.
extension BlockStore {
  package func probe(slot: Int) throws(StorageError) { _ = try read(slot: slot) }
  package func confirm(_ segments: [Int]) throws(StorageError) {}
  package func successor(of segments: [Int]) -> (any BlockStore)? { nil }
}

/// A failed operation on the disk.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operation and its object: `write slot 812 in /var/lib/fieldpost/spool/00000003.seg`.
  package let operation: String
  /// The errno; 0 if there was none (a short read).
  package let code: Int32
  /// A more precise message that replaces the one of the errno.
  private let reason: String?
  private let isNotOurs: Bool
  /// Set when the store is sound but records of another device wait in it.
  package let otherDevice: OtherDevice?

  package init(_ operation: String, code: Int32, reason: String? = nil) {
    self.operation = operation
    self.code = code
    self.reason = reason
    (isNotOurs, otherDevice) = (false, nil)
  }

  /// The data there does not belong to this program: nothing may be written to it, and waiting will not help.
  package init(refusing operation: String) {
    self.operation = operation
    (code, reason, isNotOurs, otherDevice) = (0, nil, true, nil)
  }

  /// Like `refusing`: publishing the waiting records under this device's name would be wrong.
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

  /// The spool must not be used, and waiting will not help: it is not ours, or another process is using it.
  var isRefusal: Bool { isNotOurs || isInUse }
  /// Another process is using the spool.
  package var isInUse: Bool { code == EWOULDBLOCK }
  /// The disk works, but is full.
  var isNoSpace: Bool { code == ENOSPC || code == EDQUOT }
}

/// Size of a block in bytes.
package let blockSize = 4096
