import Foundation
import Testing

@testable import Configuration

@Suite("Secrets") struct SecretTests {
  @Test(
    "A password in the file is refused and shown nowhere",
    arguments: [
      "password: hunter2", "password: \"hunter2\"", "password:\n    hunter2", "password: |\n    hunter2",
      "password: >-\n    hunter2\n    hunter2", "password: [hunter2]", "password:\n    - hunter2",
      "password: {hunter2: x}", "password:\n    hunter2: x", "password:\n    hunter2:\n", "password: {hunter2}",
      "pasword: hunter2", "Password: hunter2", "pasword:\n    hunter2", "passwort: hunter2", "passwd: hunter2",
      "pass: hunter2", "passphrase: hunter2", "pwd: hunter2", "secret: hunter2", "token: hunter2",
      "mqtt_password: hunter2", "password: hunter2: x", "password:\n    %hunter2", "password:\n    `hunter2",
      "password: 'hunter2", "password:\n    \"hunter2", "password: &hunter2 x", "password: *hunter2",
      "password: !hunter2 x",
      "password:\n    !hunter2 x", "password: |\n    x\n   hunter2: [", "tls: {password: hunter2}",
      "tls: {password:\n    hunter2}", "password: hunter2\n  password: hunter2",
    ])
  func inTheFile(lines: String) {
    let shown = renderings(file(uplink: ["username: joe", lines]))
    #expect(shown.count == 2)
    for text in shown { #expect(!text.contains("hunter2"), "\(text)") }
  }

  @Test("A password in flow style on the line of another mistake is shown nowhere") func inFlow() {
    for text in renderings("uplink: {broker: mqtt://b, qos: 9, username: joe, password: hunter2}\n") {
      #expect(!text.contains("hunter2"))
    }
  }

  @Test(
    "A secret in the place of a name is shown nowhere",
    arguments: ["password: {env: hunter2}", "password: {credential: hun/hunter2}", "password: {env: \"%hunter2!\"}"])
  func inPlaceOfAName(line: String) {
    let shown = renderings(file(uplink: ["username: joe", line]))
    #expect(shown.count == 2)
    for text in shown { #expect(text.contains("must be ") && !text.contains("hunter2"), "\(text)") }
  }

  @Test("The message says what to write instead") func remedy() {
    #expect(
      reasons(file(uplink: ["username: joe", "password: hunter2"])) == [
        "a secret does not belong in this file: write {credential: NAME}, {file: PATH} or {env: NAME}"
      ])
    #expect(
      reasons(file(uplink: ["username: joe", "password: [x]"])) == [
        "must be {credential: NAME}, {file: PATH} or {env: NAME}"
      ])
    #expect(
      reasons(file(uplink: ["username: joe", "password: {fil: x}"])).contains(
        "unknown key \"fil\"; did you mean \"file\"?"))
    #expect(
      reasons(file(uplink: ["username: joe", "password: {file: /x, env: Y}"])) == [
        "needs exactly one of credential, file and env"
      ])
    #expect(
      reasons(file(uplink: ["username: joe", "password: {}"])) == ["needs exactly one of credential, file and env"])
  }

  private func settings(password: String, environment: [String: String] = [:]) throws(ConfigurationError) -> Settings {
    try load(file(uplink: ["username: joe", "password: \(password)"]), environment: environment)
  }

  private func reason(file path: String) -> [String] {
    reasons(file(uplink: ["username: joe", "password: {file: \(path)}"]))
  }

  @Test("A password comes from a file, without the newline at its end, or from the environment") func read() throws {
    let folder = try TemporaryFolder()
    for (content, secret) in [
      ("hunter2\n", "hunter2"), ("hunter2", "hunter2"), (" a b \n\n", " a b \n"), ("a\r\n", "a"),
    ] {
      let path = try folder.write("password", Array(content.utf8), mode: 0o640)
      #expect(try settings(password: "{file: \(path)}").uplink.credentials?.password?.revealed == secret)
    }
    let found = try settings(password: "{env: WORD}", environment: ["WORD": "hunter2"])
    #expect(found.uplink.credentials?.username == "joe")
    #expect(found.uplink.credentials?.password?.revealed == "hunter2")
  }

  @Test(
    "A password file that everybody can use is refused with the command that mends it",
    arguments: [0o644, 0o604, 0o602])
  func mode(mode: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("password", Array("hunter2".utf8), mode: mode)
    #expect(reason(file: path) == ["\(path) can be used by everybody; mend it with: chmod o= \(path)"])
  }

  @Test("A password file that holds no password is refused, and what it holds is not shown") func unusable() throws {
    let folder = try TemporaryFolder()
    #expect(reason(file: folder.path) == ["\(folder.path) is not a regular file"])
    #expect(reason(file: "/nonexistent") == ["/nonexistent: No such file or directory"])
    let cases: [([UInt8], String)] = [
      ([], "is empty"), ([0x0A], "is empty"), ([0xFF, 0xFE], "is not text in UTF-8"),
      ([UInt8](repeating: 0x61, count: 4_097), "has 4097 bytes; the limit is 4096"),
    ]
    for (bytes, reason) in cases {
      let path = try folder.write("password", bytes)
      #expect(self.reason(file: path) == ["\(path) \(reason)"])
    }
  }

  @Test("A variable that is not set, or empty, is refused") func environment() {
    let text = file(uplink: ["username: joe", "password: {env: PASSWORD}"])
    #expect(reasons(text) == ["the environment variable PASSWORD is not set"])
    #expect(reasons(text, environment: ["PASSWORD": ""]) == ["the environment variable PASSWORD is empty"])
  }

  @Test("No way of printing settings shows the secret") func printing() throws {
    let found = try settings(password: "{env: WORD}", environment: ["WORD": "hunter2"])
    let secret = try #require(found.uplink.credentials?.password)
    var dumped = ""
    dump(found, to: &dumped)
    dump(secret, to: &dumped)
    let texts = [dumped, "\(found)", "\(secret)", String(describing: found), String(reflecting: found), "\([secret])"]
    for text in texts { #expect(!text.contains("hunter2")) }
    #expect("\(secret)" == "(secret)")
  }
}
