import Glibc
import Scheduling

/// The keys of the terminal at standard input, as they are pressed: without Enter, and without showing them.
struct Keyboard {
  /// How the terminal was.
  private let before: termios

  /// Nil: standard input is no terminal, or another job's now. A job in the background that changes a terminal is stopped
  /// by the kernel.
  init?() {
    guard tcgetpgrp(STDIN_FILENO) == getpgrp() else { return nil }
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
    before = settings
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
    guard tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0 else { return nil }
  }

  /// Puts the terminal back as it was. One that has become another job's is left to that job.
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

  /// How a person ends a program, with these keys or without.
  static func ending(_ keyboard: Keyboard?) -> String { keyboard == nil ? "Ctrl-C ends" : "q or Ctrl-C ends" }
}
