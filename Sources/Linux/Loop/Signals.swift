import CLinux
import Glibc
import Scheduling

/// SIGTERM, SIGINT and SIGHUP as events of a loop.
package struct Signals: Sendable {
  /// The request that a signal makes.
  package enum Wish: Hashable, Sendable {
    /// `because`: the signal's name.
    case stop(because: String)
    case reload
  }

  private let descriptor: Int32
  private let terminals: [Int32]

  /// Call this on the first thread, before there is another: it blocks the signals in all threads, so that only `watch`
  /// sees them. SIGPIPE is ignored: a broken TLS connection would raise it (libmosquitto 2.0.15 and later write without
  /// MSG_NOSIGNAL) and end the process.
  package init() throws(SystemError) {
    signal(SIGPIPE, SIG_IGN)
    let numbers = [SIGTERM, SIGINT, SIGHUP]
    descriptor = clinux_signalfd(numbers, Int32(numbers.count))
    guard descriptor >= 0 else { throw SystemError("signalfd", code: -descriptor) }
    terminals = [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].filter { isatty($0) == 1 }
  }

  /// Calls `work` on the loop for each signal that arrives.
  package func watch(on loop: any Loop, _ work: @escaping @Sendable (Wish) -> Void) {
    loop.watch(descriptor, for: .reading) { [self] _ in
      while case let number = clinux_next_signal(descriptor), number > 0 { work(wish(number)) }
    }
  }

  /// SIGHUP has two meanings: somebody wants the settings reloaded, or the terminal on which the program was started by
  /// hand was closed.
  private func wish(_ number: Int32) -> Wish {
    switch number {
    case SIGTERM: .stop(because: "SIGTERM")
    case SIGINT: .stop(because: "SIGINT")
    case SIGHUP: hasLostTerminal ? .stop(because: "SIGHUP, the terminal is closed") : .reload
    default: .stop(because: "signal \(number)")
    }
  }

  private var hasLostTerminal: Bool {
    terminals.contains { terminal in
      var polled = pollfd(fd: terminal, events: 0, revents: 0)
      return poll(&polled, 1, 0) == 1 && polled.revents & Int16(POLLHUP) != 0
    }
  }
}
