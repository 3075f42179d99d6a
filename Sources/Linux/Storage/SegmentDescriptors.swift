import Glibc
import Spool

/// Open segment files, a few at a time: a large spool has more of them than a process may have descriptors.
struct SegmentDescriptors {
  private struct Open {
    let segment: Int
    let descriptor: Int32
    let isWritable: Bool
  }

  private static let limit = 16
  /// Ordered by last use, the latest at the end.
  private var open: [Open] = []

  /// A descriptor of the segment's file in `directory`, which is an open folder; `path` is for messages. For reading,
  /// the descriptor may be read-only, because the file system is; for writing, EROFS is thrown then.
  mutating func descriptor(
    of segment: Int, in directory: Int32, at path: String, writing: Bool
  ) throws(StorageError) -> Int32 {
    if let index = open.firstIndex(where: { $0.segment == segment }) {
      let known = open.remove(at: index)
      if known.isWritable || !writing {
        open.append(known)
        return known.descriptor
      }
      close(known.descriptor)
    }
    return try add(segment, directory, path, writing)
  }

  /// A former process may have failed to sync what it wrote: the kernel then serves that from its cache, though a power
  /// cut would lose it. So what the cache has beside the disk's own content is dropped; what is still to be written stays.
  private mutating func add(
    _ segment: Int, _ directory: Int32, _ path: String, _ writing: Bool
  ) throws(StorageError) -> Int32 {
    let file = try opened(segment, directory, path, writing)
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
    return file
  }

  private mutating func opened(
    _ segment: Int, _ directory: Int32, _ path: String, _ writing: Bool
  ) throws(StorageError) -> Int32 {
    let options = O_CLOEXEC | O_NOFOLLOW
    let name = SegmentFile.name(of: segment)
    do throws(StorageError) {
      let file = try retrying("open \(path)") { openat(directory, name, O_RDWR | options) }
      return keep(segment, file, isWritable: true)
    } catch {
      guard error.code == EROFS, !writing else { throw error.explained(byFile: path) }
      let file = try retrying("open \(path)") { openat(directory, name, O_RDONLY | options) }
      return keep(segment, file, isWritable: false)
    }
  }

  /// Takes over an open descriptor. None is closed between a write and its sync: the sync follows at once.
  @discardableResult
  mutating func keep(_ segment: Int, _ descriptor: Int32, isWritable: Bool) -> Int32 {
    if open.count >= Self.limit { close(open.removeFirst().descriptor) }
    open.append(Open(segment: segment, descriptor: descriptor, isWritable: isWritable))
    return descriptor
  }

  mutating func forget(_ segment: Int) {
    for one in open where one.segment == segment { close(one.descriptor) }
    open.removeAll { $0.segment == segment }
  }

  /// Whether the file's name still leads to the open file, if it is open.
  func isNamed(_ segment: Int, at path: String) -> Bool {
    var (named, held) = (stat(), stat())
    guard lstat(path, &named) == 0 else { return false }
    guard let known = open.first(where: { $0.segment == segment }) else { return true }
    return fstat(known.descriptor, &held) == 0 && held.st_dev == named.st_dev && held.st_ino == named.st_ino
  }

  mutating func closeAll() {
    for one in open { close(one.descriptor) }
    open = []
  }
}
