import Glibc

/// A file that was read.
struct LoadedFile {
  let bytes: [UInt8]
  let mode: mode_t
  let owner: uid_t
}

/// Why a file could not be read, in words.
struct LoadFailure: Error {
  let reason: String
  /// Whether the cause may pass, such as a failing disk or exhausted descriptors: no mistake in the configuration.
  let mayPass: Bool

  init(reason: String) { (self.reason, mayPass) = (reason, false) }

  init(_ code: Int32, reason: String) {
    self.reason = reason
    mayPass = [EIO, EMFILE, ENFILE, ENOMEM, EINTR, EAGAIN, ESTALE, ETIMEDOUT].contains(code)
  }
}

/// Removes the byte order mark U+FEFF, with which Windows editors begin a file.
package func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
  let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  return bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
}

/// Reads a whole regular file of at most `limit` bytes. `name` is what messages call the file.
func loadFile(_ path: String, limit: Int, name: String? = nil) -> Result<LoadedFile, LoadFailure> {
  let name = name ?? path
  // O_NONBLOCK: opening a pipe must not wait for its other end.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else {
    let code = errno
    return .failure(LoadFailure(code, reason: Access.refused(path, code, name: name)))
  }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    return .failure(LoadFailure(reason: "\(name) is not a regular file"))
  }
  guard status.st_size <= limit else {
    return .failure(LoadFailure(reason: "\(name) has \(status.st_size) bytes; the limit is \(limit)"))
  }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 16_384)
  while bytes.count <= limit {
    let count = read(descriptor, &chunk, chunk.count)
    if count < 0, errno == EINTR { continue }
    if count < 0 {
      let code = errno
      return .failure(LoadFailure(code, reason: "\(name): \(String(cString: strerror(code)))"))
    }
    if count == 0 { break }
    bytes += chunk[..<count]
  }
  return .success(LoadedFile(bytes: bytes, mode: status.st_mode, owner: status.st_uid))
}
