import Glibc

/// A file of lines that does not grow for ever.
public enum LineFile {
  /// Adds a line. When the file would be longer than `limit` bytes it is first renamed to `path.old`, and an older one
  /// of that name is gone. Not synced: for what a person may want to read, not for what has to survive.
  public static func append(_ line: [UInt8], to path: String, limit: Int) throws(SystemError) {
    var status = stat()
    if stat(path, &status) == 0, Int(status.st_size) + line.count + 1 > limit {
      guard rename(path, path + ".old") == 0 else { throw SystemError("rename \(path)", code: errno) }
    }
    let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw SystemError("open \(path)", code: errno) }
    defer { close(file) }
    // At once, so that a line is whole even when the process ends.
    let text = line + [UInt8(ascii: "\n")]
    let written = write(file, text, text.count)
    guard written == text.count else { throw SystemError("write \(path)", code: written < 0 ? errno : ENOSPC) }
  }
}
