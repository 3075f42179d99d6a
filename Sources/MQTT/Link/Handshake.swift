import CGuard
import CMosquitto
import Glibc

/// Drives the connection from TCP to the broker's answer, with one short turn of the library's own loop after the
/// other. A loop of our own would spin during TLS with 2.0.21.
struct Handshake {
  enum Outcome {
    case result(LibraryResult)
    /// The other side is not a broker. The text names the kind of server that it seems to be.
    case stranger(String)
    case waiting
  }

  /// Longest wait of one turn, in milliseconds.
  private static let turn: Int32 = 50
  /// How often to look for the rest of the first bytes.
  private static let patience = 10

  private let usesTLS: Bool
  private var turns = 0
  private var hasLooked = false
  private var looks = 0
  /// The CONNECT has been written; with TLS that means that the TLS handshake has ended.
  private(set) var isAsked = false

  init(usesTLS: Bool) { self.usesTLS = usesTLS }

  mutating func turn(of handle: OpaquePointer, _ descriptor: Int32) -> Outcome {
    // The first turn writes the first bytes, if connecting has not done so already.
    let mayWrite = usesTLS ? turns == 0 : mosquitto_want_write(handle)
    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    poll(&polled, 1, mayWrite ? 0 : Self.turn)
    turns += 1
    // The library reads only when bytes are there: bytes that arrive during its call could not be inspected first.
    if !usesTLS, !hasLooked, !mayWrite, polled.revents == 0 {
      noteWhetherAsked(handle)
      return .waiting
    }
    // With TLS, OpenSSL itself reports what is not TLS.
    if !usesTLS, !hasLooked, polled.revents != 0, Self.isUntouched(descriptor), let outcome = look(descriptor) {
      return outcome
    }
    // On a fast connection the CONNECT was written, and answered, before the first turn.
    noteWhetherAsked(handle)
    let result = MemoryBudget.within { LibraryResult { cguard_loop(handle, 0, 1) } }
    if result.isSuccess { noteWhetherAsked(handle) }
    return .result(result)
  }

  /// POLLRDHUP of poll(2).
  private static let hangUp: Int16 = 0x2000

  /// Whether the library has not taken any of the received bytes, so that the first ones can still be read. Bytes that
  /// arrive between the two calls make this false, which only costs a better error message.
  private static func isUntouched(_ descriptor: Int32) -> Bool {
    var unread: Int32 = 0
    guard ioctl(descriptor, UInt(FIONREAD), &unread) == 0 else { return false }
    // struct tcp_info of linux/tcp.h, which is longer than the C library's: tcpi_bytes_received counts the FIN as one.
    var info = [UInt64](repeating: 0, count: 17)
    var size = socklen_t(info.count * 8)
    guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0, size == 136 else { return false }
    var polled = pollfd(fd: descriptor, events: hangUp, revents: 0)
    poll(&polled, 1, 0)
    let isEnded = polled.revents & hangUp != 0
    return info[16] == UInt64(unread) || isEnded && info[16] == UInt64(unread) + 1
  }

  mutating func noteWhetherAsked(_ handle: OpaquePointer) {
    guard !isAsked, !mosquitto_want_write(handle) else { return }
    // 2.0.11 reports nothing to write during the TLS handshake.
    isAsked = !usesTLS || PeerVerification.isHandshakeOver(handle)
  }

  /// Looks at the first bytes before the library takes them.
  private mutating func look(_ descriptor: Int32) -> Outcome? {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    guard count > 0, let words = Stranger.words(for: Array(bytes.prefix(count))) else {
      hasLooked = count > 0
      return nil
    }
    looks += 1
    if count < Stranger.enough, looks < Self.patience {
      usleep(UInt32(Self.turn) * 200)
      return .waiting
    }
    return .stranger(words)
  }
}
