import Glibc

/// Opens a regular file for reading where another user may have put something else in its place. As root, it follows no
/// link of that user, and reads only a file that this user owns. Any other caller may read what that caller may read.
package func openGuarded(_ path: String) throws(GuardedFileError) -> Int32 {
  guard geteuid() == 0 else { return try openRegular(AT_FDCWD, path, path) }
  let way = try GuardedWay(to: path)
  let name = try way.walk()
  let file = try openRegular(way.directory, name, path)
  var status = stat()
  let keeper = way.fileKeeper
  guard keeper == .root || fstat(file, &status) == 0 else {
    close(file)
    throw .system(SystemError("look at \(path)", code: errno))
  }
  let failure: GuardedFileError? =
    switch keeper {
    case .root: nil
    case .user(let owner) where status.st_uid != owner: .foreign(path, owner: status.st_uid)
    case .several where status.st_uid == 0: .foreign(path, owner: 0)
    case .user, .several: status.st_nlink > 1 ? .twoNames(path) : nil
    }
  if let failure {
    close(file)
    throw failure
  }
  return file
}

/// Reads at most `limit` bytes from the end of a file opened with `openGuarded`.
package func readGuardedEnd(of path: String, limit: Int) throws(GuardedFileError) -> [UInt8] {
  let file = try openGuarded(path)
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else { throw .system(SystemError("look at \(path)", code: errno)) }
  lseek(file, max(0, status.st_size - off_t(limit)), SEEK_SET)
  do throws(SystemError) {
    return try readAll(file, path, limit: limit)
  } catch {
    throw .system(error)
  }
}

/// Checks the file before opening it: opening a device can have effects, and opening a FIFO waits for its other end.
private func openRegular(_ directory: Int32, _ name: String, _ path: String) throws(GuardedFileError) -> Int32 {
  var status = stat()
  let follows = directory == AT_FDCWD
  guard fstatat(directory, name, &status, follows ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else {
    throw .system(SystemError("open \(path)", code: errno))
  }
  guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path) }
  let file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (follows ? 0 : O_NOFOLLOW))
  guard file >= 0 else { throw .system(SystemError("open \(path)", code: errno)) }
  guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    close(file)
    throw .notAFile(path)
  }
  return file
}
