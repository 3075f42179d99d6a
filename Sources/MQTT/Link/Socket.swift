import Glibc

/// The few things that we do with the library's socket ourselves.
enum Socket {
  /// Why the TCP connection could not be made, as an errno; 0: it has been made.
  static func connectError(_ descriptor: Int32) -> Int32 {
    var error: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno
  }

  /// Ends the connection when written data is not acknowledged for this long, also while the library waits for its
  /// ping.
  static func limitSilence(_ descriptor: Int32, _ silence: Duration) throws(MosquittoFailure) {
    // The kernel refuses what is negative as an int.
    var milliseconds = Int32(clamping: silence.components.seconds * 1_000)
    let size = socklen_t(MemoryLayout<Int32>.size)
    guard setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, size) != 0 else { return }
    throw Reasons.failure("TCP_USER_TIMEOUT", LibraryResult(systemError: errno), complaint: nil)
  }

  /// Makes the kernel discard what is left to send when the descriptor is closed.
  static func forgetUnsent(_ descriptor: Int32) {
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    let code = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    assert(code == 0, "SO_LINGER: errno \(errno)")
  }

  /// Reads and discards what is there. Returns whether the other side has closed the connection.
  static func hasEnded(_ descriptor: Int32) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      return count == 0 || count < 0 && errno != EAGAIN && errno != EINTR
    }
  }
}
