import Glibc
import Spool

/// A directory with one file per segment: `00000000.seg`, `00000001.seg`, … of 256 KiB each, and `lock`. Files with
/// other names are left alone. The files are closed and the lock is released when the last reference goes.
///
/// While the directory cannot be used, everything fails; `reopen` tries it again.
public final class SegmentFiles: BlockStore {
  public let slotsPerSegment = 64

  /// The name of a segment that is being made.
  private static let unfinished = "segment.new"
  private let directory: String
  private var lock: SpoolLock?
  /// The directory, open, or -1. Only a few segments are open at a time; the others are found through this, so that
  /// they can be read when the directory's name leads to something else: it was renamed, or a disk was mounted over it.
  private var folder: Int32 = -1
  /// Why nothing works.
  private var failure: StorageError?
  /// Segments whose files cannot be examined, or are none of ours: nothing of them can be read or written.
  private var unusable: [Int: StorageError] = [:]
  private var hasBeenOpen = false
  private var descriptors = SegmentDescriptors()
  private let reads: ReadCount?
  private var segmentSize: Int { slotsPerSegment * blockSize }

  /// Makes the directory, and those above it, if need be: only the owner may enter it.
  /// `reads` counts the blocks that are read.
  public convenience init(directory: String, counting reads: ReadCount? = nil) { self.init(directory, nil, reads) }

  /// `lock`: of this directory, held by us already.
  private init(_ directory: String, _ lock: SpoolLock?, _ reads: ReadCount?) {
    self.directory = directory
    self.lock = lock
    self.reads = reads
    try? reopen()
  }

  deinit {
    descriptors.closeAll()
    if folder >= 0 { Glibc.close(folder) }
  }

  /// Throws also when another process uses the directory (EWOULDBLOCK), and when no segment is what this program
  /// makes. One that has been open is used again only if its name still leads to it: until then its files stay open, and
  /// can be read.
  public func reopen() throws(StorageError) {
    try confirm([])
    descriptors.closeAll()
    failure = nil
    do throws(StorageError) {
      if !hasBeenOpen { try makeDirectory(directory) }
      let lock = try currentLock()
      try openFolder()
      // What was opened could be another directory than the one that is locked, which has lost its name in between.
      try lock.confirm()
      try checkAll()
      hasBeenOpen = true
    } catch {
      failure = error
      throw error
    }
  }

  /// One file that is damaged takes none of the others out of service. Throws if there is no other.
  private func checkAll() throws(StorageError) {
    unusable = [:]
    let numbers = try segments()
    for number in numbers {
      do throws(StorageError) { try check(number) } catch { unusable[number] = error }
    }
    if let first = numbers.first, let error = unusable[first], unusable.count == numbers.count { throw error }
  }

  private func currentLock() throws(StorageError) -> SpoolLock {
    if let lock, lock.isCurrent { return lock }
    let new = try SpoolLock(directory: directory)
    lock = new
    return new
  }

  private func openFolder() throws(StorageError) {
    let options = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    let new = try retrying("open \(directory)") { open(directory, options) }
    if folder >= 0 { Glibc.close(folder) }
    folder = new
    // A process that was killed may have made a segment and not saved its name: a power cut must not take it with all that
    // is written to it from now on. A disk that cannot do this will fail at the next block too.
    fsync(folder)
  }

  public func confirm(_ segments: [Int]) throws(StorageError) {
    guard hasBeenOpen, let lock else { return }
    try lock.confirm()
    for number in segments where !descriptors.isNamed(number, at: path(number)) {
      throw StorageError(
        "find \(path(number))", code: ESTALE, reason: "it was removed or replaced while the buffer was in use")
    }
  }

  /// A directory that was there is not made again, because its file system may be away; but one that was deleted is.
  public func successor(of segments: [Int]) -> (any BlockStore)? {
    guard hasBeenOpen, let lock else { return nil }
    do throws(StorageError) {
      try confirm(segments)
      return nil
    } catch {
      if lock.isDeleted { try? makeDirectory(directory) }
      guard access(directory, F_OK) == 0 else { return nil }
      return SegmentFiles(directory, lock.isCurrent ? lock : nil, reads)
    }
  }

  private func ready() throws(StorageError) {
    if let failure { throw failure }
  }

  public func segments() throws(StorageError) -> [Int] {
    try ready()
    return try segmentNumbers(in: directory)
  }

  /// The file gets its name when it is whole: a power cut leaves at most `segment.new`.
  public func createSegment(_ number: Int) throws(StorageError) {
    try ready()
    let new = directory + "/" + Self.unfinished
    // What a power cut has left over, or somebody has put there; a link is not followed.
    unlinkat(folder, Self.unfinished, 0)
    let options = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let descriptor = try retrying("create \(new)") { openat(folder, Self.unfinished, options, 0o600) }
    do throws(StorageError) {
      let zeros = [UInt8](repeating: 0, count: segmentSize)
      try writeAll(zeros, to: descriptor, at: 0, "write \(new)")
      _ = try retrying("sync \(new)") { fsync(descriptor) }
      _ = try retrying("rename \(new) to \(path(number))") {
        renameat(folder, Self.unfinished, folder, SegmentReader.fileName(ofSegment: number))
      }
      _ = try retrying("sync \(directory)") { fsync(folder) }
    } catch {
      Glibc.close(descriptor)
      unlinkat(folder, Self.unfinished, 0)
      throw error
    }
    descriptors.keep(number, descriptor, isWritable: true)
  }

  public func removeSegment(_ number: Int) throws(StorageError) {
    try ready()
    descriptors.forget(number)
    _ = try retrying("remove \(path(number))") {
      unlinkat(folder, SegmentReader.fileName(ofSegment: number), 0)
    }
  }

  /// A slot beyond the end of a file that was cut short reads as zeros: never written, as far as anyone can tell.
  public func read(slot: Int) throws(StorageError) -> [UInt8] {
    defer { reads?.add() }
    let file = try descriptor(slot / slotsPerSegment, writing: false)
    let offset = slot % slotsPerSegment * blockSize
    let operation = "read slot \(slot) in \(path(slot / slotsPerSegment))"
    var block = [UInt8](repeating: 0, count: blockSize)
    var done = 0
    while done < blockSize {
      let got = try retrying(operation) {
        block.withUnsafeMutableBytes { raw in
          pread(file, raw.baseAddress.map { $0 + done }, blockSize - done, off_t(offset + done))
        }
      }
      if got == 0 { break }
      done += got
    }
    return block
  }

  /// The kernel goes on giving what it has of a disk that is gone, until it is told to forget it.
  public func probe(slot: Int) throws(StorageError) {
    let file = try descriptor(slot / slotsPerSegment, writing: false)
    posix_fadvise(file, off_t(slot % slotsPerSegment * blockSize), off_t(blockSize), POSIX_FADV_DONTNEED)
    _ = try read(slot: slot)
  }

  public func write(_ block: [UInt8], slot: Int) throws(StorageError) {
    let segment = slot / slotsPerSegment
    let offset = slot % slotsPerSegment * blockSize
    try writeAll(
      block, to: try descriptor(segment, writing: true), at: offset, "write slot \(slot) in \(path(segment))")
  }

  public func sync(segment: Int) throws(StorageError) {
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
    _ = try retrying("examine \(path)") {
      fstatat(folder, SegmentReader.fileName(ofSegment: segment), &status, AT_SYMLINK_NOFOLLOW)
    }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= off_t(segmentSize) else {
      throw StorageError(
        refusing: "open \(path): not a segment of this version, which is a file of \(segmentSize) bytes at most; "
          + "nothing was changed")
    }
  }

  private func path(_ segment: Int) -> String { directory + "/" + SegmentReader.fileName(ofSegment: segment) }
}

/// The numbers of the segments in a directory, in ascending order, by their files' names.
func segmentNumbers(in directory: String) throws(StorageError) -> [Int] {
  do throws(SystemError) {
    return try directoryEntries(directory).compactMap(segmentNumber).sorted()
  } catch {
    throw StorageError(error.operation, code: error.code)
  }
}

/// The number in `00000012.seg`; nil for other names.
private func segmentNumber(_ name: String) -> Int? {
  guard name.utf8.count == 12, name.hasSuffix(".seg") else { return nil }
  let digits = name.dropLast(4)
  return digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(digits) : nil
}

/// Writes by `write`, which gets what is left and how much is done. One that takes nothing has no room: it would be asked
/// for ever.
func writeAll(
  _ bytes: [UInt8], _ operation: @autoclosure () -> String, by write: (UnsafeRawBufferPointer, Int) -> Int
) throws(StorageError) {
  var done = 0
  while done < bytes.count {
    let count = try retrying(operation()) {
      bytes.withUnsafeBytes { write(UnsafeRawBufferPointer(rebasing: $0[done...]), done) }
    }
    guard count > 0 else { throw StorageError(operation(), code: ENOSPC) }
    done += count
  }
}

private func writeAll(
  _ bytes: [UInt8], to descriptor: Int32, at offset: Int, _ operation: @autoclosure () -> String
) throws(StorageError) {
  try writeAll(bytes, operation()) { rest, done in
    pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
  }
}

/// Makes a directory and those above it, with mode 0700; one that exists keeps its mode.
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

/// Not being allowed to read the parent is no reason to fail: the directory is there.
private func syncParent(of path: String) { try? syncDirectory(parent(of: path)) }

private func parent(of path: String) -> String {
  var parts = path.split(separator: "/")
  if !parts.isEmpty { parts.removeLast() }
  let prefix = path.hasPrefix("/") ? "/" : ""
  let joined = prefix + parts.joined(separator: "/")
  return joined.isEmpty ? "." : joined
}

/// Makes the names in a directory durable.
private func syncDirectory(_ path: String) throws(StorageError) {
  let descriptor = try retrying("open \(path)") { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
  defer { Glibc.close(descriptor) }
  _ = try retrying("sync \(path)") { fsync(descriptor) }
}
