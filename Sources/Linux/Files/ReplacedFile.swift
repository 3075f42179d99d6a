import Glibc

/// Replaces a file's content atomically: after a power cut the file has either the old content or the new. A file with
/// the suffix `.new` may be left over beside it, and is reused.
package func replaceFile(_ path: String, with bytes: [UInt8]) throws(SystemError) {
  try replaceFile(path, mode: 0o600) { file, fresh throws(SystemError) in
    try writeAll(bytes, to: file, fresh)
    try sync(file, fresh)
  }
  // Otherwise the new name may not survive a power cut.
  try syncDirectory(parent(of: path))
}

/// Replaces the content of a file that everybody may read: a reader sees either the old content or the new. Not synced:
/// for data that is worthless after a power cut, in a directory in memory.
package func replaceVolatileFile(_ path: String, with bytes: [UInt8]) throws(SystemError) {
  try replaceFile(path, mode: 0o644) { file, fresh throws(SystemError) in
    // Regardless of the umask.
    guard fchmod(file, 0o644) == 0 else { throw SystemError("chmod \(fresh)", code: errno) }
    try writeAll(bytes, to: file, fresh)
  }
}

private func replaceFile(
  _ path: String, mode: mode_t, filled fill: (_ file: Int32, _ path: String) throws(SystemError) -> Void
) throws(SystemError) {
  let fresh = path + ".new"
  let file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
  guard file >= 0 else { throw SystemError("open \(fresh)", code: errno).explained(by: fresh) }
  do {
    defer { close(file) }
    try fill(file, fresh)
  }
  guard rename(fresh, path) == 0 else { throw SystemError("rename \(fresh)", code: errno) }
}
