import Display
import Glibc
import Linux

enum StandardOutput {
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// The features of standard output.
  static var terminal: Terminal { Terminal(descriptor: STDOUT_FILENO) }

  /// The width to break lines at for a person; nil: not a terminal, so a program may be reading, and no line is broken.
  static var width: Int? { isTerminal ? terminalSize.columns : nil }

  /// Lines and columns of the terminal; 24 and 80 when they are unknown.
  static var terminalSize: (lines: Int, columns: Int) { size(of: STDOUT_FILENO) }

  static func size(of descriptor: Int32) -> (lines: Int, columns: Int) {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else { return (24, 80) }
    return (Int(size.ws_row), Int(size.ws_col))
  }

  /// Writes text for a person, in characters that the terminal can show. Returns when all is written.
  static func write(text: String) throws(SystemError) { try write(Array(terminal.shown(text).utf8)) }

  /// Writes bytes. Returns when all are written.
  static func write(_ bytes: [UInt8]) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      waitForRoom()
      // A pipe that is ready takes at least PIPE_BUF bytes without blocking.
      let count = rest.prefix(Int(PIPE_BUF)).withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count > 0 else { throw SystemError("write standard output", code: errno) }
      rest = rest.dropFirst(count)
    }
  }

  /// Waits until standard output can be written to. The loop cannot handle signals meanwhile, and `Signals` has blocked
  /// them: they are unblocked for the time of the wait, so that they end the program.
  private static func waitForRoom() {
    var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
    guard poll(&output, 1, 0) == 0 else { return }
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, number) }
    var before = sigset_t()
    pthread_sigmask(SIG_UNBLOCK, &signals, &before)
    poll(&output, 1, -1)
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }
}

extension Terminal {
  /// The text in characters that the terminal can show.
  func shown(_ text: String) -> String { isUnicode ? text : inASCII(text) }
}

/// Replaces Swift's `print`, which does not know what the terminal can show. Write errors are ignored.
func print(_ text: String, terminator: String = "\n") { try? StandardOutput.write(text: text + terminator) }

/// Writes to standard error. On a terminal the text is limited to characters that it can show, and broken between
/// words.
func printError(_ text: String) {
  guard isatty(STDERR_FILENO) == 1 else { return Linux.printError(text) }
  let columns = StandardOutput.size(of: STDERR_FILENO).columns
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
    // Do not break a quoted line of the configuration with the marker below it, nor text with colours.
    if line.hasPrefix("  ") || line.contains("\u{1B}") { return [String(line)] }
    return wrapped(String(line), to: columns, indent: 2)
  }
  Linux.printError(Terminal(descriptor: STDERR_FILENO).shown(lines.joined(separator: "\n")))
}
