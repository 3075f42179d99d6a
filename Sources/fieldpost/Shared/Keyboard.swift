import Glibc
import Scheduling

/// Reads single keys from the terminal at standard input: without Enter, and without echo.
struct Keyboard {
  /// The terminal's settings before ours.
  private let before: termios

  /// Nil: standard input is not a terminal, or another job is in the foreground. The kernel stops a background job that
  /// changes the terminal.
  init?() {
    guard tcgetpgrp(STDIN_FILENO) == getpgrp() else { return nil }
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
    before = settings
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
    guard tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0 else { return nil }
  }

  /// Puts the terminal back as it was, unless another job has come to the foreground: then the terminal is that job's.
  func restore() {
    guard tcgetpgrp(STDIN_FILENO) == getpgrp() else { return }
    var settings = before
    tcsetattr(STDIN_FILENO, TCSANOW, &settings)
  }

  /// Calls `quit` when somebody presses q.
  func watch(on loop: any Loop, quit: @escaping @Sendable () -> Void) {
    loop.watch(STDIN_FILENO, for: .reading) { _ in
      var keys = [UInt8](repeating: 0, count: 64)
      let count = read(STDIN_FILENO, &keys, keys.count)
      guard count > 0 else { return loop.unwatch(STDIN_FILENO) }
      if keys[..<count].contains(where: { $0 | 0x20 == UInt8(ascii: "q") }) { quit() }
    }
  }

  /// Text that says how to end the program: with the keyboard, or without it.
  static func ending(_ keyboard: Keyboard?) -> String { keyboard == nil ? "Ctrl-C ends" : "q or Ctrl-C ends" }
}
