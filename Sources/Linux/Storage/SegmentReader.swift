import Glibc
import Spool

/// Read-only access to the segments of a directory: nothing is made, written or locked, even for a user who could, and
/// a read-only file system is enough. Access times are left unchanged where the system allows it (O_NOATIME is for the
/// owner of a file).
///
/// An incomplete segment shows by the slots that cannot be read: those beyond the end of a truncated file, and all
/// slots of a file that is too long or not a regular file.
package final class SegmentReader: BlockStore {
  package let slotsPerSegment = SegmentFile.slots

  private let directory: String
  /// The file that was read last, or the error when it was opened.
  private var current: (segment: Int, file: Result<Open, StorageError>)?

  private struct Open {
    let descriptor: Int32
    let size: Int
  }

  /// Opens nothing yet.
  package init(directory: String) { self.directory = directory }

  deinit { closeCurrent() }

  /// Whether a daemon holds the spool's lock. It is tested with a shared lock for a moment. Nil: not known, because
  /// there is no lock file or it may not be read.
  package var isInUse: Bool? {
    guard isFileOrAbsent(directory + "/lock") else { return nil }
    let descriptor = open(directory + "/lock", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return false }
    return errno == EWOULDBLOCK ? true : nil
  }

  /// Bytes that the segments take on the file system.
  package func bytesOnDisk() throws(StorageError) -> Int64 {
    var sum: Int64 = 0
    for number in try segments() {
      var status = stat()
      if lstat(path(number), &status) == 0 { sum += Int64(status.st_blocks) * 512 }
    }
    return sum
  }

  package func segments() throws(StorageError) -> SegmentNumbers { try SegmentFile.numbers(in: directory) }

  package func read(slot: Int) throws(StorageError) -> [UInt8] {
    let segment = slot / slotsPerSegment
    let file = try opened(segment)
    let offset = slot % slotsPerSegment * blockSize
    guard offset + blockSize <= file.size else {
      throw StorageError("read \(path(segment)): cut short, \(file.size) of \(SegmentFile.size) bytes", code: 0)
    }
    let (block, count) = try SegmentFile.read(file.descriptor, slot: slot, "read \(path(segment))")
    guard count == blockSize else { throw StorageError("read \(path(segment)): it ends while it is read", code: 0) }
    return block
  }

  private func opened(_ segment: Int) throws(StorageError) -> Open {
    if let current, current.segment == segment { return try current.file.get() }
    closeCurrent()
    let file = Result { () throws(StorageError) in try openFile(path(segment)) }
    current = (segment, file)
    return try file.get()
  }

  private func openFile(_ path: String) throws(StorageError) -> Open {
    // Checked before it is opened: a foreign card can have devices on it, and opening one can have effects.
    var named = stat()
    guard lstat(path, &named) == 0 else { throw StorageError("open \(path)", code: errno) }
    // A link is let through here: opening it fails.
    guard [S_IFREG, S_IFLNK].contains(named.st_mode & S_IFMT) else { throw notASegment(path) }
    let options = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    var descriptor = Glibc.open(path, options | Self.noAccessTime)
    if descriptor < 0, errno == EPERM { descriptor = Glibc.open(path, options) }
    guard descriptor >= 0 else { throw StorageError("open \(path)", code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= off_t(SegmentFile.size)
    else {
      close(descriptor)
      throw notASegment(path)
    }
    return Open(descriptor: descriptor, size: Int(status.st_size))
  }

  private func notASegment(_ path: String) -> StorageError {
    StorageError("read \(path): not a segment, which is a file of \(SegmentFile.size) bytes", code: 0)
  }

  /// O_NOATIME, which Glibc's headers define only with _GNU_SOURCE. The same on arm64 and amd64.
  private static let noAccessTime: Int32 = 0o1_000_000

  private func closeCurrent() {
    if case .success(let file)? = current?.file { close(file.descriptor) }
    current = nil
  }

  private func path(_ segment: Int) -> String { directory + "/" + SegmentFile.name(of: segment) }

  package func readNote() throws(StorageError) -> [UInt8]? {
    let folder = try retrying("open \(directory)") { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    defer { close(folder) }
    return try readNoteFile(in: folder, directory)
  }

  // MARK: Calls that a reader never makes

  package func createSegment(_ number: Int) throws(StorageError) { throw refusal("make \(path(number))") }
  package func removeSegment(_ number: Int) throws(StorageError) { throw refusal("remove \(path(number))") }
  package func write(_ block: [UInt8], slot: Int) throws(StorageError) { throw refusal("write slot \(slot)") }
  package func writeNote(_ bytes: [UInt8]) throws(StorageError) { throw refusal("write its note") }
  package func removeNote() throws(StorageError) { throw refusal("remove its note") }
  package func sync(segment: Int) throws(StorageError) { throw refusal("sync \(path(segment))") }
  package func reopen() throws(StorageError) { closeCurrent() }

  private func refusal(_ operation: String) -> StorageError {
    StorageError("\(operation), which is opened for reading only", code: EROFS)
  }
}
