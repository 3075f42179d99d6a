import Glibc

/// Opens a regular file for reading, also where another user can have put something else in its place: as root, no link of
/// that user is followed, and only a file of that user's own is read. Whoever is not root may read what that user may read.
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

/// The end of a file, opened in that way: at most so many bytes.
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

/// Looks before it opens: opening a device can have effects, and opening a FIFO waits for its other end.
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
