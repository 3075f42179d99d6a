import Foundation
import Testing

@testable import MQTT

@Suite("What libmosquitto and OpenSSL say of TLS")
struct ComplaintTests {
  private static let tlsError: Int32 = 8
  private static let connectionLost: Int32 = 7
  private static let systemError: Int32 = 14

  private func complaint(_ lines: [String], isUp: Bool = false) -> LibraryDiagnostics {
    var complaint = LibraryDiagnostics(usesTLS: true)
    complaint.isUp = isUp
    for line in lines { complaint.add(line, nil) }
    return complaint
  }

  private func fault(_ lines: [String], isUp: Bool = false) -> String? {
    complaint(lines, isUp: isUp).tlsFault(Self.tlsError, errnoValue: 0)
  }

  @Test("An alert says why the connection ended; an end without a farewell, or no word at all, does not") func reasons()
  {
    let line = "OpenSSL Error[0]: error:"
    #expect(complaint([line + "0A00045C:SSL routines::tlsv13 alert certificate required"]).hasTLSReason)
    #expect(!complaint([line + "0A000126:SSL routines::unexpected eof while reading"]).hasTLSReason)
    #expect(!complaint(["Client x sending CONNECT"]).hasTLSReason)
    #expect(!complaint([]).hasTLSReason)
  }

  @Test("A line of OpenSSL gives its library, its reason and its words") func openSSLLine() throws {
    let error = try #require(
      OpenSSLError("OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed"))
    #expect(error.library == OpenSSLError.tls)
    #expect(error.reason == 134)
    #expect(error.words == "certificate verify failed")
    #expect(error.alert == nil)
    #expect(OpenSSLError("OpenSSL Error[1]: error:0A00045C:SSL routines::a: b")?.words == "a: b")
    #expect(OpenSSLError("OpenSSL Error[0]: error:0A00045C:SSL routines::x")?.alert == 116)
    // The same reason in another library is no alert.
    #expect(OpenSSLError("OpenSSL Error[0]: error:0480045C:PEM routines::x")?.alert == nil)
  }

  @Test(
    "Lines that are not OpenSSL's, or cut short, are no errors of it",
    arguments: [
      "", "OpenSSL", "OpenSSL Error[0]", "OpenSSL Error[0]: error:", "OpenSSL Error[0]: error:0A000086",
      "OpenSSL Error[0]: error:0A000086:SSL routines", "OpenSSL Error[0]: error:XYZ:SSL routines::words",
      "OpenSSL Error[0]: error:FFFFFFFFFF:SSL routines::words", "Error: host name verification failed.",
    ])
  func notOpenSSL(_ line: String) { #expect(OpenSSLError(line) == nil) }

  @Test(
    "OpenSSL's verdict on the broker's certificate goes before its lines",
    arguments: [
      (1, "is for another name than the one in uplink.broker"), (62, "is for another name"),
      (64, "is for another name"),
      (9, "is not yet valid; this board's clock says "), (10, "has expired; this board's clock says "),
      (18, "is from an unknown authority (some words)"), (19, "is from an unknown authority"),
      (20, "is from an unknown authority"), (21, "is from an unknown authority"), (23, "is refused: some words"),
      (66, "is refused: some words"),
    ])
  func verdict(_ code: Int, _ words: String) throws {
    var complaint = LibraryDiagnostics(usesTLS: true)
    complaint.add("Error: host name verification failed.", PeerVerification(code: 0, words: "ok"))
    complaint.add(
      "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed",
      PeerVerification(code: code, words: "some words"))
    let fault = try #require(complaint.tlsFault(Self.tlsError, errnoValue: 0))
    #expect(fault.hasPrefix("the broker's certificate \(words)"), "\(fault)")
  }

  @Test("A certificate is judged by the board's clock, which the fault therefore tells") func clock() {
    let verification = PeerVerification(code: 9, words: "")
    #expect(
      TLSDiagnosis.ofVerification(verification, clock: "1970-01-01")
        == "the broker's certificate is not yet valid; this board's clock says 1970-01-01")
  }

  @Test(
    "An alert is what the broker holds against us",
    arguments: [
      (40, "share no encryption method"), (42, "refuses our certificate: alert words"), (44, "revoked"),
      (45, "refuses our certificate: it has expired"), (48, "does not know its authority"),
      (70, "the broker speaks no TLS 1.2 or newer"), (80, "the broker said: alert words"),
      (115, "does not know our PSK identity"), (116, "the broker demands a client certificate"),
      (120, "uplink.tls.alpn"),
    ] as [(UInt32, String)])
  func alert(_ number: UInt32, _ words: String) throws {
    let code = String(0x0A00_0000 + 1_000 + number, radix: 16, uppercase: true)
    let told = try #require(fault(["OpenSSL Error[0]: error:0\(code):SSL routines::alert words"]))
    #expect(told.contains(words), "\(told)")
  }

  @Test("A file that cannot be used is named, with OpenSSL's reason") func file() {
    let lines = [
      "Error: Unable to load client key file \"a.key\".",
      "OpenSSL Error[0]: error:05800074:x509 certificate routines::key values mismatch",
    ]
    #expect(fault(lines) == "Unable to load client key file \"a.key\": key values mismatch")
    #expect(fault(Array(lines.prefix(1))) == "Unable to load client key file \"a.key\"")
  }

  @Test("An end without a goodbye is a broken handshake before the welcome, and only an end after it") func end() {
    let line = "OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading"
    #expect(fault([line]) == "the broker broke the handshake off; is this its port for TLS?")
    #expect(fault([line], isUp: true) == "the connection ended without a goodbye")
  }

  @Test("An error without words of ours keeps OpenSSL's") func other() {
    #expect(fault(["OpenSSL Error[0]: error:0A0000FF:SSL routines::odd thing"]) == "odd thing")
    #expect(fault(["OpenSSL Error[0]: error:0480006C:PEM routines::no start line"]) == "no start line")
    #expect(fault(["OpenSSL Error[0]: error:0A00010B:SSL routines::wrong version number"])?.contains("TLS") == true)
  }

  @Test("A connection that breaks without a word before the welcome may be the broker's refusal")
  func silence() {
    let silent = complaint([])
    for code in [Self.tlsError, Self.connectionLost] {
      #expect(silent.tlsFault(code, errnoValue: 0) == TLSDiagnosis.brokenOff)
    }
    for errnoValue in [EPROTO, EPIPE, ECONNRESET] {
      #expect(silent.tlsFault(Self.systemError, errnoValue: errnoValue) == TLSDiagnosis.brokenOff)
    }
  }

  @Test("What is not TLS's fault is not blamed on it") func notTLS() {
    let silent = complaint([])
    #expect(silent.tlsFault(Self.systemError, errnoValue: ECONNREFUSED) == nil)
    #expect(silent.tlsFault(15, errnoValue: 0) == nil, "the name could not be looked up")
    #expect(silent.tlsFault(19, errnoValue: 0) == nil, "no answer to a ping")
    #expect(complaint([], isUp: true).tlsFault(Self.connectionLost, errnoValue: EPROTO) == nil)
    var plain = LibraryDiagnostics(usesTLS: false)
    plain.add("OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading", nil)
    #expect(plain.tlsFault(Self.connectionLost, errnoValue: EPROTO) == nil)
  }

  @Test("What was said before the welcome is not held against the connection, and old lines give way to new ones")
  func forgetting() {
    var complaint = complaint(["Error: Unable to load client key file \"a.key\"."])
    complaint.isUp = true
    #expect(complaint.lines.isEmpty)
    for number in 1...9 { complaint.add("line \(number)", nil) }
    #expect(complaint.lines == ["line 6", "line 7", "line 8", "line 9"])
  }
}
