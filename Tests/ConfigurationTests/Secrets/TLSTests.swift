import Foundation
import Testing

@testable import Configuration

@Suite("The section uplink.tls") final class TLSTests {
  private static let key = "00112233445566778899aabbccddeeff"
  private let folder: TemporaryFolder
  private let pem: String

  init() throws {
    folder = try TemporaryFolder()
    pem = try folder.write("a.pem", [0x41])
  }

  private func text(_ tls: String) -> String {
    file(uplink: ["tls: {\(tls)}"]).replacingOccurrences(of: "mqtt:", with: "mqtts:")
  }

  private func found(_ tls: String) -> [String] { reasons(text(tls), environment: ["KEY": Self.key]) }

  private func settings(_ tls: String) throws -> TLSSettings {
    try #require(try load(text(tls), environment: ["KEY": Self.key]).uplink.tls)
  }

  @Test("A certificate or a key needs the other beside it; neither may be missing on the disk") func certificate() {
    #expect(found("ca: \(pem), certificate: \(pem), key: \(pem)").isEmpty)
    #expect(found("certificate: \(pem)") == ["needs key beside it"])
    #expect(found("key: \(pem)") == ["needs certificate beside it"])
    #expect(found("ca: /nonexistent.pem") == ["/nonexistent.pem: No such file or directory"])
    #expect(found("ca: \(folder.path)") == ["\(folder.path) is not a regular file"])
  }

  @Test(
    "A key that others can use is refused with its place and the command that mends it",
    arguments: [0o604, 0o602, 0o601, 0o644, 0o666])
  func openKey(mode: Int) throws {
    let key = try folder.write("key", [0x41], mode: mode)
    let problems = mistakes(text("certificate: \(pem), key: \(key)"))
    #expect(problems.count == 1)
    let reason = "uplink.tls.key: \(key) can be used by everybody; mend it with: chmod o= \(key)"
    #expect(problems.first?.hasPrefix("4:") == true, "\(problems)")
    #expect(problems.first?.hasSuffix(reason) == true, "\(problems)")
  }

  @Test(
    "A key for its owner and group alone is taken, and a certificate for everybody", arguments: [0o600, 0o400, 0o640])
  func closedKey(mode: Int) throws {
    let key = try folder.write("key", [0x41], mode: mode)
    let open = try folder.write("open", [0x41], mode: 0o644)
    #expect(found("ca: \(open), certificate: \(open), key: \(key)").isEmpty)
  }

  @Test("By default the name is verified, and there is nothing to warn of") func defaults() throws {
    let tls = try settings("")
    #expect(!tls.isInsecure)
    #expect(tls.warning == nil)
    #expect(tls.alpn == nil)
    #expect(tls.psk == nil)
    #expect(try settings("insecure: false").warning == nil)
  }

  @Test("Insecure is a word to warn of") func insecure() throws {
    let tls = try settings("insecure: true")
    #expect(tls.isInsecure)
    #expect(try #require(tls.warning).contains("NOT verified"))
    #expect(found("insecure: yes") == ["must be true or false, not \"yes\"; did you mean true?"])
  }

  @Test("ALPN is one name of 1 to 254 bytes") func alpn() throws {
    #expect(try settings("alpn: x-amzn-mqtt-ca").alpn == "x-amzn-mqtt-ca")
    #expect(found("alpn: \(String(repeating: "a", count: 254))").isEmpty)
    #expect(found("alpn: \(String(repeating: "a", count: 255))").count == 1)
    #expect(found("alpn: \"\"") == ["must be 1 to 254 bytes, not \"\""])
    #expect(found("alpn: [a, b]") == ["must be a single value, not a list"])
  }

  @Test("A pre-shared key comes from the environment or a file") func psk() throws {
    let tls = try settings("psk: {identity: box, key: {env: KEY}}")
    #expect(tls.psk?.identity == "box")
    #expect(tls.psk?.key.revealed == Self.key)
    let file = try folder.write("psk", Array((Self.key.uppercased() + "\n").utf8))
    #expect(try settings("psk: {identity: box, key: {file: \(file)}}").psk?.key.revealed == Self.key.uppercased())
    let open = try folder.write("open", Array(Self.key.utf8), mode: 0o604)
    #expect(
      found("psk: {identity: box, key: {file: \(open)}}") == [
        "\(open) can be used by everybody; mend it with: chmod o= \(open)"
      ])
  }

  @Test("A pre-shared key takes the place of certificates", arguments: ["ca", "both", "insecure"])
  func pskAlone(other: String) {
    let others = ["ca": "ca: \(pem)", "both": "certificate: \(pem), key: \(pem)", "insecure": "insecure: true"]
    let found = found("psk: {identity: box, key: {env: KEY}}, \(others[other] ?? "")")
    #expect(found.count == (other == "both" ? 2 : 1))
    #expect(found.allSatisfy { $0 == "has no effect with psk, which takes the place of certificates" }, "\(found)")
  }

  @Test(
    "A pre-shared key that is none is refused",
    arguments: [
      "", "abc", "00112233445566", String(repeating: "0", count: 15), String(repeating: "0", count: 17),
      String(repeating: "0", count: 130), "0x112233445566778899", "00112233445566778g", "００１１２２３３４４５５６６７７",
    ])
  func wrongKey(key: String) {
    let reasons = reasons(text("psk: {identity: box, key: {env: KEY}}"), environment: ["KEY": key])
    #expect(
      reasons == [
        key.isEmpty
          ? "the environment variable KEY is empty" : "the key must be 16 to 128 hexadecimal digits, two for each byte"
      ])
  }

  @Test("What psk needs") func pskKeys() {
    #expect(
      found("psk: {key: {env: KEY}}") == ["is missing: the name by which the broker knows the key"])
    #expect(
      found("psk: {identity: box}") == [
        "is missing: the shared key in hexadecimal digits, as {file: PATH} or {env: NAME}"
      ])
    #expect(found("psk: {identity: \"\", key: {env: KEY}}") == ["must be 1 to 128 bytes, not \"\""])
  }

  @Test(
    "A pre-shared key in the file is refused and shown nowhere",
    arguments: [
      "psk: 5ec4e7", "psk: {identity: box, key: 5ec4e7}", "psk: {5ec4e7: box}", "psk: [5ec4e7]", "psk: {key: [5ec4e7]}",
      "psk:\n      identity: box\n      key: 5ec4e7", "psk:\n      5ec4e7", "pks: {key: 5ec4e7}", "PSK: 5ec4e7",
      "psk:\n      key:\n        5ec4e7",
    ])
  func secret(psk: String) throws {
    let text = file(uplink: ["tls:", "  " + psk]).replacingOccurrences(of: "mqtt:", with: "mqtts:")
    let error = try #require(failure(text))
    #expect(!error.rendered(inColour: false).contains("5ec4e7"), "\(error.rendered(inColour: false))")
  }
}
