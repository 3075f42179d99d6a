import Glibc
import Linux
import Telemetry

/// The journal's own protocol (systemd, "Native Journal Protocol"): one datagram per message, with fields.
struct JournalSocket: Sendable {
  static let usualPath = "/run/systemd/journal/socket"
  /// Longest text, in characters. A text that does not fit into a datagram would need a file.
  private static let longest = 16 << 10

  private let socket: Int32
  private let address: SocketAddress
  private let program: String

  /// Nil when there is no such socket.
  init?(path: String, program: String) {
    guard access(path, W_OK) == 0, let address = SocketAddress(path: path) else { return nil }
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return nil }
    self.address = address
    self.program = program
  }

  enum Outcome: Hashable, Sendable {
    case sent
    /// The journal cannot keep up.
    case busy
    case failed
  }

  /// Sends without waiting.
  func send(_ entry: LogEntry, _ text: String) -> Outcome {
    var lines = [
      "MESSAGE=\(text.prefix(Self.longest))", "PRIORITY=\(entry.level.rawValue)", "SYSLOG_IDENTIFIER=\(program)",
      "MESSAGE_ID=\(LogEntry.journalID(of: entry.id))", "FIELDPOST_MESSAGE=\(entry.id)",
    ]
    lines += entry.fields.map { "\($0.key.rawValue)=\(oneLine($0.value))" }.sorted()
    let datagram = Array((lines.joined(separator: "\n") + "\n").utf8)
    return address.withSockaddr { pointer, length in
      let sent = sendto(socket, datagram, datagram.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), pointer, length)
      if sent == datagram.count { return .sent }
      return errno == EAGAIN || errno == ENOBUFS ? .busy : .failed
    }
  }
}
