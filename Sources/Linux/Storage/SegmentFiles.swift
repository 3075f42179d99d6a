import Glibc
import Spool

/// A directory with one file per segment: `00000000.seg`, `00000001.seg`, … of 256 KiB each, and `lock`. Files with
/// other names are left alone. The files are closed and the lock is released with the last reference.
///
/// While the directory cannot be used, every call fails; `reopen` tries again.
package final class SegmentFiles: BlockStore {
  package let slotsPerSegment = SegmentFile.slots

  /// The name of a segment that is being made.
  private static let unfinished = "segment.new"
  private let directory: String
  private var lock: SpoolLock?
  /// The lock held before, possibly on the same directory.
  private let former: SpoolLock?
  private let examine: Examine
  /// Descriptor of the directory, or -1. Only a few segments are open at a time. The others are opened through it, even
  /// when the directory's name leads elsewhere: it was renamed, or a disk was mounted over it.
  private var folder: Int32 = -1
  /// Why the directory cannot be used; nil: it can.
  private var failure: StorageError?
  /// Segments whose files cannot be examined or are not ours: they can neither be read nor written.
  private var unusable: [Int: StorageError] = [:]
  private var hasBeenOpen = false
  private var descriptors = SegmentDescriptors()
  private let reads: ReadCount?

  /// Makes the directory and its parents if needed: only the owner may enter them. `reads` counts the blocks that are
  /// read.
  package convenience init(directory: String, counting reads: ReadCount? = nil) {
    self.init(directory: directory, counting: reads, examining: examineFile)
  }

  /// `examine` replaces lstat in tests: a file system may be damaged.
  convenience init(directory: String, counting reads: ReadCount? = nil, examining examine: @escaping Examine) {
    self.init(directory, former: nil, reads, examine)
  }

  /// `former`: a lock that we hold already, on this directory or on another one in its place.
  private init(_ directory: String, former: SpoolLock?, _ reads: ReadCount?, _ examine: @escaping Examine) {
    self.directory = directory
    self.former = former
    lock = former.flatMap { $0.isCurrent ? $0 : nil }
    self.reads = reads
    self.examine = examine
    try? reopen()
  }

  deinit {
    descriptors.closeAll()
    if folder >= 0 { Glibc.close(folder) }
  }

  /// Also throws when another process uses the directory (EWOULDBLOCK), and when no segment is one that this program
  /// makes. A directory that has been open is used again only if its name still leads to it. Until then its files stay
  /// open and can be read.
  package func reopen() throws(StorageError) {
    try confirm([])
    descriptors.closeAll()
    failure = nil
    do throws(StorageError) {
      if !hasBeenOpen { try makeDirectory(directory) }
      let lock = try currentLock()
      try openFolder()
      // The opened directory could be another than the locked one, which may have lost its name in between.
      try lock.confirm()
      try checkAll()
      hasBeenOpen = true
    } catch {
      failure = error
      throw error
    }
  }

  /// Examines all segments. A damaged file does not put the others out of service. Throws if there is no other.
  private func checkAll() throws(StorageError) {
    unusable = [:]
    let numbers = try segments()
    for number in numbers {
      // On a slow card examining the files takes long: the count shows progress.
      defer { reads?.add() }
      do throws(StorageError) { try check(number) } catch { unusable[number] = error }
    }
    if let first = numbers.first, let error = unusable[first], unusable.count == numbers.count { throw error }
  }

  private func currentLock() throws(StorageError) -> SpoolLock {
    if let lock, lock.isCurrent { return lock }
    let new = try SpoolLock(directory: directory, former: lock ?? former)
    lock = new
    return new
  }

  private func openFolder() throws(StorageError) {
    let options = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    let new = try retrying("open \(directory)") { open(directory, options) }
    if folder >= 0 { Glibc.close(folder) }
    folder = new
    // A killed process may have made a segment without syncing its name: a power cut would lose it with all that is
    // written to it from now on. A disk that cannot sync will fail at the next block too.
    fsync(folder)
  }

  package func confirm(_ segments: [Int]) throws(StorageError) {
    guard hasBeenOpen, let lock else { return }
    try lock.confirm()
    for number in segments where !descriptors.isNamed(number, at: path(number)) {
      throw StorageError(
        "find \(path(number))", code: ESTALE, reason: "it was removed or replaced while the buffer was in use")
    }
  }

  /// A directory that existed is not made again, because it may only be unmounted; one that was deleted is.
  package func successor(of segments: [Int]) -> (any BlockStore)? {
    guard hasBeenOpen, let lock else { return nil }
    do throws(StorageError) {
      try confirm(segments)
      return nil
    } catch {
      if lock.isDeleted { try? makeDirectory(directory) }
      guard access(directory, F_OK) == 0 else { return nil }
      return SegmentFiles(directory, former: lock, reads, examine)
    }
  }

  private func ready() throws(StorageError) {
    if let failure { throw failure }
  }

  package func segments() throws(StorageError) -> SegmentNumbers {
    try ready()
    return try SegmentFile.numbers(in: directory)
  }

  /// A power cut leaves behind at most `segment.new`.
  package func createSegment(_ number: Int) throws(StorageError) {
    try ready()
    let zeros = [UInt8](repeating: 0, count: SegmentFile.size)
    let descriptor = try make(SegmentFile.name(of: number), of: zeros, first: Self.unfinished)
    descriptors.keep(number, descriptor, isWritable: true)
  }

  /// Makes a file that gets its name, replacing another one, only when it is complete. Returns its open descriptor.
  private func make(_ name: String, of bytes: [UInt8], first unfinished: String) throws(StorageError) -> Int32 {
    try storing { () throws(SystemError) in
      let place = OpenFolder(descriptor: folder, path: directory)
      let file = try place.put(name, draft: unfinished) { file, path throws(SystemError) in
        try writeAll(bytes, to: file, path)
      }
      do throws(SystemError) { try place.sync() } catch {
        Glibc.close(file)
        throw error
      }
      return file
    }
  }

  package func readNote() throws(StorageError) -> [UInt8]? {
    try ready()
    return try readNoteFile(in: folder, directory)
  }

  package func writeNote(_ bytes: [UInt8]) throws(StorageError) {
    try ready()
    Glibc.close(try make(DeviceNote.fileName, of: bytes, first: DeviceNote.fileName + ".new"))
  }

  package func removeNote() throws(StorageError) {
    try ready()
    do throws(StorageError) {
      _ = try retrying("remove \(directory)/\(DeviceNote.fileName)") { unlinkat(folder, DeviceNote.fileName, 0) }
    } catch {
      guard error.code == ENOENT else { throw error }
    }
    try storing { () throws(SystemError) in try Linux.sync(folder, directory) }
  }

  package func removeSegment(_ number: Int) throws(StorageError) {
    try ready()
    descriptors.forget(number)
    _ = try retrying("remove \(path(number))") {
      unlinkat(folder, SegmentFile.name(of: number), 0)
    }
  }

  /// A slot beyond the end of a truncated file reads as zeros: never written, as far as anyone can tell.
  package func read(slot: Int) throws(StorageError) -> [UInt8] {
    defer { reads?.add() }
    let file = try descriptor(slot / slotsPerSegment, writing: false)
    return try SegmentFile.read(file, slot: slot, "read slot \(slot) in \(path(slot / slotsPerSegment))").block
  }

  /// Reads past the page cache: the kernel serves cached blocks of a removed disk until it is told to drop them.
  package func probe(slot: Int) throws(StorageError) {
    let file = try descriptor(slot / slotsPerSegment, writing: false)
    posix_fadvise(file, off_t(slot % slotsPerSegment * blockSize), off_t(blockSize), POSIX_FADV_DONTNEED)
    _ = try read(slot: slot)
  }

  package func write(_ block: [UInt8], slot: Int) throws(StorageError) {
    let segment = slot / slotsPerSegment
    let offset = slot % slotsPerSegment * blockSize
    let file = try descriptor(segment, writing: true)
    try storing { () throws(SystemError) in
      try writeAll(block, "write slot \(slot) in \(path(segment))") { rest, done in
        pwrite(file, rest.baseAddress, rest.count, off_t(offset + done))
      }
    }
  }

  package func sync(segment: Int) throws(StorageError) {
    let file = try descriptor(segment, writing: false)
    _ = try retrying("sync \(path(segment))") { fdatasync(file) }
  }

  private func descriptor(_ segment: Int, writing: Bool) throws(StorageError) -> Int32 {
    try ready()
    if let error = unusable[segment] { throw error }
    return try descriptors.descriptor(of: segment, in: folder, at: path(segment), writing: writing)
  }

  private func check(_ segment: Int) throws(StorageError) {
    let path = path(segment)
    var status = stat()
    _ = try retrying("examine \(path)") { examine(folder, SegmentFile.name(of: segment), &status) }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= off_t(SegmentFile.size) else {
      throw StorageError(
        refusing: "open \(path): not a segment of this version, which is a file of \(SegmentFile.size) bytes at most; "
          + "nothing was changed")
    }
  }

  private func path(_ segment: Int) -> String { directory + "/" + SegmentFile.name(of: segment) }
}

/// lstat of a name in an open folder.
typealias Examine = (_ folder: Int32, _ name: String, _ status: inout stat) -> Int32

private func examineFile(_ folder: Int32, _ name: String, _ status: inout stat) -> Int32 {
  fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW)
}

/// Makes a directory and its parents, with mode 0700; one that exists keeps its mode.
private func makeDirectory(_ path: String) throws(StorageError) {
  if mkdir(path, 0o700) == 0 {
    syncParent(of: path)
    return
  }
  let code = errno
  var status = stat()
  if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
  guard code == ENOENT, parent(of: path) != path, Obstacle(to: path, ENOENT) == nil else {
    throw StorageError("make directory \(path)", code: code).explained(byDirectory: path)
  }
  try makeDirectory(parent(of: path))
  if mkdir(path, 0o700) != 0 { throw StorageError("make directory \(path)", code: errno).explained(byDirectory: path) }
  syncParent(of: path)
}

/// Errors are ignored: the directory exists even if we may not read its parent.
private func syncParent(of path: String) { try? syncDirectory(parent(of: path)) }
