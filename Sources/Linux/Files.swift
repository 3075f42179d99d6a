import Glibc

/// A failed system call: what was tried, and the errno.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  public let operation: String
  public let code: Int32

  public init(_ operation: String, code: Int32) {
    self.operation = operation
    self.code = code
  }

  public var description: String { "\(operation): \(String(cString: strerror(code)))" }
}

/// At most `limit` bytes from the start of a file: one open, one close.
public func readFile(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw SystemError("open \(path)", code: errno) }
  defer { close(descriptor) }
  var failure: Int32 = 0
  let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
    while count < limit, let base = buffer.baseAddress {
      let received = read(descriptor, base + count, limit - count)
      if received < 0, errno == EINTR { continue }
      if received < 0 { failure = errno }
      if received <= 0 { break }
      count += received
    }
  }
  guard failure == 0 else { throw SystemError("read \(path)", code: failure) }
  return bytes
}
