import Glibc
import Telemetry

/// Notifies systemd by the sd_notify protocol (sd_notify(3)): datagrams to the socket named by NOTIFY_SOCKET. Without
/// that variable every call does nothing.
package final class ServiceManager: Sendable {
  /// Interval at which WATCHDOG=1 is expected; nil: it is not expected.
  package let watchdogInterval: Duration?

  private let socket: Int32
  private let address: SocketAddress?

  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and unsets them, so that no child process inherits them.
  package init() {
    address = environment("NOTIFY_SOCKET").flatMap(SocketAddress.init(path:))
    let isForUs = environment("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
    let interval = environment("WATCHDOG_USEC").flatMap { Int64($0) }.map { Duration.microseconds($0) }
    watchdogInterval = isForUs && address != nil ? interval : nil
    for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] { unsetenv(name) }
    socket = address == nil ? -1 : Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  }

  deinit { if socket >= 0 { close(socket) } }

  package func ready(status: String) { send("READY=1\nSTATUS=\(oneLine(status))") }
  /// Says that the settings are being reloaded; `ready` ends that state.
  package func reloading() {
    send("RELOADING=1\nMONOTONIC_USEC=\(SystemClock.monotonic() / 1_000)")
  }
  package func status(_ text: String) { send("STATUS=\(oneLine(text))") }
  /// Says that the start takes longer than the unit allows (TimeoutStartSec): systemd should wait for `time` from now.
  package func starting(within time: Duration, status: String) {
    send("EXTEND_TIMEOUT_USEC=\(time.components.seconds * 1_000_000)\nSTATUS=\(oneLine(status))")
  }
  package func stopping() { send("STOPPING=1") }
  package func petWatchdog() { send("WATCHDOG=1") }

  /// Errors are ignored: a service manager that is gone or busy is never a reason to stop.
  private func send(_ message: String) {
    guard socket >= 0, let address else { return }
    address.withSockaddr { pointer, length in
      _ = message.utf8.withContiguousStorageIfAvailable { bytes in
        sendto(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), pointer, length)
      }
    }
  }
}

/// An environment variable; nil: not set or empty.
package func environment(_ name: String) -> String? {
  guard let value = getenv(name) else { return nil }
  let text = String(cString: value)
  return text.isEmpty ? nil : text
}
