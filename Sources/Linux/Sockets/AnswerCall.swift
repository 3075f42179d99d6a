import Glibc
import Telemetry

/// Why a local socket gave no answer.
package enum AnswerCallError: Error, Hashable, Sendable {
  case system(SystemError)
  case late
  /// The answer is longer than any of ours can be.
  case tooLong
}

/// Reads the whole answer of an `AnswerSocket`. Blocks the thread for at most `limit`.
package func callForAnswer(at path: String, within limit: Duration) throws(AnswerCallError) -> [UInt8] {
  guard let address = SocketAddress(path: path) else { throw .system(SystemError("connect", code: ENAMETOOLONG)) }
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  guard descriptor >= 0 else { throw .system(SystemError("socket", code: errno)) }
  defer { close(descriptor) }
  // When many callers connect at once, connecting waits in the queue too.
  var patience = timeval(tv_sec: Int(limit.components.seconds), tv_usec: 0)
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  let deadline = SystemClock.uptime() + limit
  guard address.withSockaddr({ connect(descriptor, $0, $1) }) == 0 else {
    if errno == EAGAIN { throw .late }
    throw .system(SystemError("connect", code: errno))
  }
  return try everything(from: descriptor, until: deadline)
}

private func everything(from descriptor: Int32, until deadline: Uptime) throws(AnswerCallError) -> [UInt8] {
  var answer: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while answer.count < 4 << 20 {
    let left = (deadline - SystemClock.uptime()).nanoseconds / 1_000_000
    var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard left > 0, poll(&source, 1, Int32(clamping: left)) != 0 else { throw .late }
    let count = read(descriptor, &buffer, buffer.count)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw .system(SystemError("read", code: errno)) }
    if count == 0 { return answer }
    answer += buffer.prefix(count)
  }
  throw .tooLong
}
