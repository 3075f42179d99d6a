import Glibc

// Single steps on files, for sequences that have to survive a power cut between any two steps.

/// The folder around a path, as dirname(1) gives it: `.` for a name alone, and `/` for what is in the root.
package func parent(of path: String) -> String {
  let steps = path.split(separator: "/").dropLast().joined(separator: "/")
  if path.hasPrefix("/") { return "/" + steps }
  return steps.isEmpty ? "." : steps
}

/// Repeats a system call while a signal interrupts it.
func uninterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}

/// Writes all bytes with `put`, which gets the rest and the number already written, and returns how many it took. A
/// `put` that takes nothing means no room, or the loop would never end.
package func writeAll(
  _ bytes: [UInt8], _ operation: @autoclosure () -> String, by put: (UnsafeRawBufferPointer, Int) -> Int
) throws(SystemError) {
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes { all in
      uninterrupted { put(UnsafeRawBufferPointer(rebasing: all[done...]), done) }
    }
    guard count > 0 else { throw SystemError(operation(), code: count < 0 ? errno : ENOSPC) }
    done += count
  }
}

/// Writes all bytes at the offset of an open file. `path` is for messages.
package func writeAll(_ bytes: [UInt8], to file: Int32, _ path: String) throws(SystemError) {
  try writeAll(bytes, "write \(path)") { rest, _ in write(file, rest.baseAddress, rest.count) }
}

/// Writes all bytes in one call. If the file takes only a part of them, that is an error: there is no room for the rest.
/// A second call would tell the same, but at a limit for the size of files (RLIMIT_FSIZE) a signal would end the program.
package func writeAtOnce(_ bytes: [UInt8], to file: Int32, _ path: String) throws(SystemError) {
  let count = uninterrupted { write(file, bytes, bytes.count) }
  guard count == bytes.count else { throw SystemError("write \(path)", code: count < 0 ? errno : ENOSPC) }
}

/// Returns when the content of a file is on the disk or, for a folder, the names in it.
package func sync(_ descriptor: Int32, _ path: String) throws(SystemError) {
  guard uninterrupted({ fsync(descriptor) }) == 0 else { throw SystemError("sync \(path)", code: errno) }
}

/// Returns when names made, changed or removed in a folder are on the disk.
package func syncDirectory(_ path: String) throws(SystemError) {
  let folder = uninterrupted { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
  guard folder >= 0 else { throw SystemError("open \(path)", code: errno) }
  defer { close(folder) }
  try sync(folder, path)
}
