import Glibc

/// A file of lines with rotation: a full one is renamed to `path.1`, the one of that name to `path.2`, and the oldest
/// is removed. The file is opened for each write, so that others may rename or remove it too.
package struct LineFile: Hashable, Sendable {
  package let path: String
  /// Maximum size of a file, in bytes.
  private let limit: Int
  /// Number of full files to keep: at least 1.
  private let keep: Int
  private let mode: mode_t

  package init(path: String, limit: Int, keep: Int, mode: mode_t) {
    self.path = path
    self.limit = limit
    self.keep = keep
    self.mode = mode
  }

  /// Appends lines, each with its line feed: all of them, or none. `synced`: returns only when they are on the disk.
  package func append(_ lines: [UInt8], synced: Bool = false) throws(SystemError) {
    var status = stat()
    if stat(path, &status) == 0, status.st_size > 0, Int(status.st_size) + lines.count > limit { try rotate() }
    let file = try opened()
    defer { close(file) }
    guard fstat(file, &status) == 0 else { throw SystemError("look at \(path)", code: errno) }
    // One write, so that no line is cut even if the process ends.
    do throws(SystemError) { try writeAtOnce(lines, to: file, path) } catch {
      ftruncate(file, status.st_size)
      throw error
    }
    guard !synced || fdatasync(file) == 0 else { throw SystemError("sync \(path)", code: errno) }
  }

  private func rotate() throws(SystemError) {
    for number in (1..<keep).reversed() { try move(full(number), to: full(number + 1)) }
    try move(path, to: full(1))
    // Left over from a time when more files were kept.
    var number = keep + 1
    while unlink(full(number)) == 0 { number += 1 }
  }

  private func full(_ number: Int) -> String { "\(path).\(number)" }

  private func move(_ path: String, to other: String) throws(SystemError) {
    guard rename(path, other) == 0 || errno == ENOENT else { throw SystemError("rename \(path)", code: errno) }
  }

  /// Opens the file, and makes its folder if only that is missing.
  private func opened() throws(SystemError) -> Int32 {
    // With O_NONBLOCK a pipe that nobody reads is refused; without, it would block the thread.
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    var file = open(path, flags, mode)
    if file < 0, errno == ENOENT, let slash = path.lastIndex(of: "/"), mkdir(String(path[..<slash]), 0o750) == 0 {
      file = open(path, flags, mode)
    }
    guard file >= 0 else { throw SystemError("open \(path)", code: errno).explained(by: path) }
    return file
  }
}
