import Glibc

/// A file as it was read.
struct LoadedFile {
  let bytes: [UInt8]
  let mode: mode_t
  let owner: uid_t
}

/// Why a file could not be read, in words.
struct LoadFailure: Error {
  let reason: String
}

/// Windows' editors begin a file with the mark U+FEFF, which nobody means to be text.
public func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
  let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  return bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
}

/// The whole of a regular file of at most `limit` bytes; `name` is what messages call it.
func loadFile(_ path: String, limit: Int, name: String? = nil) -> Result<LoadedFile, LoadFailure> {
  let name = name ?? path
  // O_NONBLOCK: opening a pipe must not wait for its other end.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { return .failure(LoadFailure(reason: Access.refused(path, errno, name: name))) }
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
    guard count >= 0 else { return .failure(LoadFailure(reason: "\(name): \(String(cString: strerror(errno)))")) }
    if count == 0 { break }
    bytes += chunk[..<count]
  }
  return .success(LoadedFile(bytes: bytes, mode: status.st_mode, owner: status.st_uid))
}
