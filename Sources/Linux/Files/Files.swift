import Glibc

/// A failed system call: what was tried, and the errno.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  package let operation: String
  package let code: Int32
  /// A better explanation than the errno's own text, where there is one.
  let reason: String?

  package init(_ operation: String, code: Int32, reason: String? = nil) {
    self.operation = operation
    self.code = code
    self.reason = reason
  }

  package var description: String { "\(operation): \(reason ?? String(cString: strerror(code)))" }
}

/// Reads at most `limit` bytes from the start of a file: one open, one close.
package func readFile(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw SystemError("open \(path)", code: errno) }
  defer { close(descriptor) }
  return try readAll(descriptor, path, limit: limit)
}

/// Reads at most `limit` bytes from the current offset of an open file.
package func readAll(_ descriptor: Int32, _ path: String, limit: Int) throws(SystemError) -> [UInt8] {
  var failure: Int32 = 0
  let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
    while count < limit, let base = buffer.baseAddress {
      let received = uninterrupted { read(descriptor, base + count, limit - count) }
      if received < 0 { failure = errno }
      if received <= 0 { break }
      count += received
    }
  }
  guard failure == 0 else { throw SystemError("read \(path)", code: failure) }
  return bytes
}

/// The names in a directory, without `.` and `..`, in no particular order.
package func directoryEntries(_ path: String) throws(SystemError) -> [String] {
  var names: [String] = []
  try forEachEntry(of: path) { names.append($0) }
  return names
}

/// The same names one by one: there can be hundreds of thousands.
func forEachEntry(of path: String, _ body: (String) -> Void) throws(SystemError) {
  guard let stream = opendir(path) else { throw SystemError("open \(path)", code: errno) }
  defer { closedir(stream) }
  errno = 0
  while let entry = readdir(stream) {
    // Read in place: a copy would take all 256 bytes of `d_name`, of which the last may not belong to the entry.
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) { String(cString: $0) }
    }
    if name != "." && name != ".." { body(name) }
    errno = 0
  }
  guard errno == 0 else { throw SystemError("read \(path)", code: errno) }
}

/// Writes text to standard error, unchanged. Errors are ignored: there is nowhere to report them.
package func printError(_ text: String) {
  try? writeAll(Array(text.utf8), to: STDERR_FILENO, "standard error")
}
