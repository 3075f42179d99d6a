import Glibc
import Linux

// Steps on the files of a configuration, beside those of `Linux`.

func isDirectory(_ path: String) -> Bool { mode(path) == S_IFDIR }

/// False for a link to a regular file.
func isRegularFile(_ path: String) -> Bool { mode(path) == S_IFREG }

private func mode(_ path: String) -> mode_t? {
  var status = stat()
  return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
}

/// Reads a regular file. Refuses a link, and a file with a second name (hard link), which may be anybody's. Does not
/// block on a FIFO.
func readOwnFile(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
  guard file >= 0 else { throw SystemError("open \(path)", code: errno) }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else { throw SystemError("look at \(path)", code: errno) }
  guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError("read \(path), which is not a file", code: EINVAL) }
  guard status.st_nlink <= 1 else { throw SystemError("read \(path), which is a hard link", code: EMLINK) }
  return try readAll(file, path, limit: limit)
}

/// Creates a file, writes it whole and syncs it. `group`: nil on FAT, which refuses to set owners and modes.
func writeSynced(_ bytes: [UInt8], to path: String, mode: mode_t, group: gid_t? = nil) throws(SystemError) {
  let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
  guard file >= 0 else { throw SystemError("make \(path)", code: errno) }
  defer { close(file) }
  try writeAll(bytes, to: file, path)
  if let group {
    guard fchown(file, uid_t.max, group) == 0 else { throw SystemError("give \(path) to its group", code: errno) }
    guard fchmod(file, mode) == 0 else { throw SystemError("set the mode of \(path)", code: errno) }
  }
  try sync(file, path)
}

func move(_ path: String, _ to: String) throws(SystemError) {
  guard rename(path, to) == 0 else { throw SystemError("rename \(path) to \(to)", code: errno) }
}

func remove(_ path: String) throws(SystemError) {
  guard unlink(path) == 0 || errno == ENOENT else { throw SystemError("remove \(path)", code: errno) }
}

/// Removes a folder and the files in it. Fails if there are folders in it. Removes a file too.
func removeFolder(_ path: String) throws(SystemError) {
  guard isDirectory(path) else { return try remove(path) }
  for name in try directoryEntries(path) { try remove("\(path)/\(name)") }
  guard rmdir(path) == 0 else { throw SystemError("remove \(path)", code: errno) }
}
