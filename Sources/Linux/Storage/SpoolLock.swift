import Glibc
import Spool

/// The lock of the one process that uses a directory: flock on the file `lock` in it, and on the directory itself,
/// because somebody may remove the file. The kernel releases both when the process ends, however it ends.
final class SpoolLock {
  private let descriptor: Int32
  private let directory: String
  private let folder: FolderLock?

  /// `former`: a lock that we hold, possibly on the same directory.
  init(directory: String, former: SpoolLock? = nil) throws(StorageError) {
    self.directory = directory
    let path = directory + "/lock"
    guard isFileOrAbsent(path) else {
      throw StorageError(refusing: "lock \(path), which is not a regular file: remove it")
    }
    let descriptor = try Self.open(path, in: directory)
    do throws(StorageError) {
      _ = try retrying("lock \(path)") { flock(descriptor, LOCK_EX | LOCK_NB) }
      var held = stat()
      let isFile = fstat(descriptor, &held) == 0 && held.st_mode & S_IFMT == S_IFREG
      // Without a lock file, the descriptor is that of the directory, which is locked already.
      folder = isFile ? try FolderLock.of(directory, former: former?.folder) : nil
    } catch {
      Glibc.close(descriptor)
      guard error.code == EWOULDBLOCK else { throw error }
      throw StorageError("lock \(path), which another process holds: is fieldpostd running already?", code: error.code)
    }
    self.descriptor = descriptor
  }

  /// Opens the lock file; on a read-only file system, for reading. Where it is missing there, opens the directory.
  private static func open(_ path: String, in directory: String) throws(StorageError) -> Int32 {
    do throws(StorageError) {
      // A user who may write here must not make another user, perhaps root, create or lock a file elsewhere.
      let options = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
      return try retrying("open \(path)") { Glibc.open(path, options, 0o600) }
    } catch {
      guard error.code == EROFS else { throw error.explained(byFile: path) }
      let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      if file >= 0 { return file }
      return try retrying("open \(directory)") { Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    }
  }

  /// Whether the directory's name still leads to the locked one.
  var isCurrent: Bool {
    do throws(StorageError) { try confirm() } catch { return false }
    return true
  }

  /// Throws when the directory's name leads to nothing, or elsewhere: another file system may be mounted there.
  func confirm() throws(StorageError) {
    var (held, named) = (stat(), stat())
    guard fstat(descriptor, &held) == 0 else { throw StorageError("examine \(directory)/lock", code: errno) }
    guard stat(directory, &named) == 0 else {
      let gone = "it was removed, renamed or unmounted while the buffer was in use"
      let code = errno
      throw StorageError("find \(directory)", code: code == ENOENT ? ESTALE : code, reason: code == ENOENT ? gone : nil)
    }
    // Without a lock file, the directory itself is locked.
    if held.st_mode & S_IFMT != S_IFDIR, stat(directory + "/lock", &named) != 0 { named.st_ino = 0 }
    guard held.st_dev == named.st_dev, held.st_ino == named.st_ino else {
      let other = "another one has taken its place, or a disk was mounted over it, while the buffer was in use"
      throw StorageError("find \(directory)", code: ESTALE, reason: other)
    }
  }

  /// Whether the lock file has no name any more: it was deleted, not only hidden.
  var isDeleted: Bool {
    var held = stat()
    return fstat(descriptor, &held) == 0 && held.st_nlink == 0
  }

  deinit { Glibc.close(descriptor) }
}

/// An flock on a directory.
private final class FolderLock {
  private let descriptor: Int32

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Returns `former` if it is on this directory. Nil: the file system does not support this.
  static func of(_ directory: String, former: FolderLock?) throws(StorageError) -> FolderLock? {
    if let former, former.isOf(directory) { return former }
    let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    do throws(StorageError) {
      _ = try retrying("lock \(directory)") { flock(descriptor, LOCK_EX | LOCK_NB) }
    } catch {
      Glibc.close(descriptor)
      guard error.code != EWOULDBLOCK else { throw error }
      return nil
    }
    return FolderLock(descriptor)
  }

  private func isOf(_ directory: String) -> Bool {
    var (held, named) = (stat(), stat())
    return fstat(descriptor, &held) == 0 && stat(directory, &named) == 0 && held.st_dev == named.st_dev
      && held.st_ino == named.st_ino
  }

  deinit { Glibc.close(descriptor) }
}

/// Whether the path can be opened without side effects: a card from elsewhere can have devices and pipes on it.
func isFileOrAbsent(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
}
