import Glibc
import Linux

enum StandardOutput {
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Lines and columns of the terminal; 24 and 80 when it does not say.
  static var terminalSize: (lines: Int, columns: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else { return (24, 80) }
    return (Int(size.ws_row), Int(size.ws_col))
  }

  /// Returns when all is written.
  static func write(_ bytes: [UInt8]) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      waitForRoom()
      // A pipe with room takes at least so much without making us wait.
      let count = rest.prefix(Int(PIPE_BUF)).withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count > 0 else { throw SystemError("write standard output", code: errno) }
      rest = rest.dropFirst(count)
    }
  }

  /// While nobody reads our output nobody looks at the signals either, which `Signals` has blocked: for as long they
  /// do what they do by themselves, and end the program.
  private static func waitForRoom() {
    var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
    guard poll(&output, 1, 0) == 0 else { return }
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    poll(&output, 1, -1)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }
}
