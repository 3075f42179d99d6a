import CMosquitto
import Glibc
import Telemetry

/// The library's reports about one attempt to connect, or the connection that it led to. Its return codes tell
/// little: for a TLS failure they say only that it was one. OpenSSL's messages come as lines of the log.
struct LibraryDiagnostics {
  /// Lines to keep. A failure writes three at most.
  private static let limit = 4

  /// The latest lines of the log, oldest first.
  private(set) var lines: [String] = []
  /// Why OpenSSL refuses the broker's certificate, if it does.
  private(set) var verification: PeerVerification?
  let usesTLS: Bool
  /// The broker has accepted us: the handshake is no longer to blame.
  var isUp = false { didSet { lines = [] } }

  init(usesTLS: Bool) { self.usesTLS = usesTLS }

  /// Has to be called while OpenSSL's session still exists: inside the library's log callback.
  mutating func add(_ line: String, _ verification: PeerVerification?) {
    lines = lines.suffix(Self.limit - 1) + [line]
    if let verification, !verification.isFine { self.verification = verification }
  }

  /// The fault of TLS, for a person; nil if TLS was not to blame. `code` and `errnoValue` are those of the call
  /// that failed.
  func tlsFault(_ code: Int32, errnoValue: Int32) -> String? {
    guard usesTLS else { return nil }
    if let verification { return TLSDiagnosis.ofVerification(verification, clock: Self.clock()) }
    let errors = lines.compactMap(OpenSSLError.init)
    if let line = lines.first(where: { $0.hasPrefix("Error: Unable to load") }) {
      return TLSDiagnosis.ofFile(line, errors.first)
    }
    if let error = errors.last { return isUp ? TLSDiagnosis.ofConnection(error) : TLSDiagnosis.ofHandshake(error) }
    return lines.isEmpty && !isUp && isBrokenOff(code, errnoValue) ? TLSDiagnosis.brokenOff : nil
  }

  /// OpenSSL has reported why the connection ended, as when the broker refuses our certificate. An end without a
  /// farewell is not a reason.
  var hasTLSReason: Bool {
    verification != nil
      || lines.contains { line in OpenSSLError(line).map { $0.reason != OpenSSLError.unexpectedEnd } ?? false }
  }

  /// With TLS 1.3 the broker checks our certificate when our side of the handshake has ended. Our first write may then
  /// fail before its alert has been read.
  private func isBrokenOff(_ code: Int32, _ errnoValue: Int32) -> Bool {
    switch code {
    case Int32(MOSQ_ERR_CONN_LOST.rawValue), Int32(MOSQ_ERR_TLS.rawValue): true
    case Int32(MOSQ_ERR_ERRNO.rawValue): [EPROTO, EPIPE, ECONNRESET].contains(errnoValue)
    default: false
    }
  }

  /// Certificates are checked by the wall clock, which is wrong at first on a board without a battery.
  private static func clock() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return String(WallTime(nanoseconds: Int64(now.tv_sec) * 1_000_000_000).rfc3339.prefix(10))
  }
}
