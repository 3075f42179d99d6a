import Glibc

/// Replaces a file's content atomically: after a power cut the file has either the old content or the new. A file with
/// the suffix `.new` may be left over beside it, and is reused.
package func replaceFile(_ path: String, with bytes: [UInt8]) throws(SystemError) {
  let fresh = path + ".new"
  let file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
  guard file >= 0 else { throw SystemError("open \(fresh)", code: errno).explained(by: fresh) }
  do {
    defer { close(file) }
    try writeAll(bytes, to: file, fresh)
    guard fsync(file) == 0 else { throw SystemError("sync \(fresh)", code: errno) }
  }
  guard rename(fresh, path) == 0 else { throw SystemError("rename \(fresh)", code: errno) }
  try syncDirectory(of: path)
}

/// Replaces the content of a file that everybody may read: a reader sees either the old content or the new. Not synced:
/// for data that is worthless after a power cut, in a directory in memory.
package func replaceVolatileFile(_ path: String, with bytes: [UInt8]) throws(SystemError) {
  let fresh = path + ".new"
  let file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
  guard file >= 0 else { throw SystemError("open \(fresh)", code: errno).explained(by: fresh) }
  do {
    defer { close(file) }
    // Regardless of the umask.
    guard fchmod(file, 0o644) == 0 else { throw SystemError("chmod \(fresh)", code: errno) }
    try writeAll(bytes, to: file, fresh)
  }
  guard rename(fresh, path) == 0 else { throw SystemError("rename \(fresh)", code: errno) }
}

private func writeAll(_ bytes: [UInt8], to file: Int32, _ path: String) throws(SystemError) {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { throw SystemError("write \(path)", code: count < 0 ? errno : ENOSPC) }
    rest = rest.dropFirst(count)
  }
}

/// Syncs the directory: otherwise the new name may not survive a power cut.
private func syncDirectory(of path: String) throws(SystemError) {
  let name = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
  let folder = name.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : name
  let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard directory >= 0 else { throw SystemError("open \(folder)", code: errno) }
  defer { close(directory) }
  guard fsync(directory) == 0 else { throw SystemError("sync \(folder)", code: errno) }
}
