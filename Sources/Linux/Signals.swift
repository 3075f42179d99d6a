import CLinux
import Glibc
import Scheduling

/// SIGTERM, SIGINT and SIGHUP (a terminal that closes) as events of a loop.
public struct StopSignals: Sendable {
  private let descriptor: Int32

  /// To be called on the first thread before there is another: the signals are blocked everywhere, so that only
  /// `watch` sees them. SIGPIPE is ignored: a broken TLS connection would raise it (libmosquitto 2.0.15 and later write
  /// without MSG_NOSIGNAL), and end the process.
  public init() throws(SystemError) {
    signal(SIGPIPE, SIG_IGN)
    let numbers = [SIGTERM, SIGINT, SIGHUP]
    descriptor = clinux_signalfd(numbers, Int32(numbers.count))
    guard descriptor >= 0 else { throw SystemError("signalfd", code: -descriptor) }
  }

  /// Calls `work` on the loop with the name of each signal that arrives.
  public func watch(on loop: any Loop, _ work: @escaping @Sendable (_ name: String) -> Void) {
    loop.watch(descriptor, for: .reading) { [descriptor] _ in
      while case let number = clinux_next_signal(descriptor), number > 0 { work(Self.name(number)) }
    }
  }

  private static func name(_ number: Int32) -> String {
    switch number {
    case SIGTERM: "SIGTERM"
    case SIGINT: "SIGINT"
    case SIGHUP: "SIGHUP"
    default: "signal \(number)"
    }
  }
}
