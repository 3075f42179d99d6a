import Foundation
import Testing

@testable import Configuration

@Suite("Secrets")
struct SecretTests {
  static let secret = "hunter2-Zebra"

  @Test(
    "A secret in the file is refused and shown by no message, wherever it stands",
    arguments: [
      "  username: u\n  password: SECRET", "  username: u\n  password:\n    SECRET",
      "  username: u\n  password: |\n    SECRET", "  username: u\n  password: \"SECRET\"",
      "  username: u\n  pasword: SECRET",
      "  username: u\n  Password: SECRET", "  username: u\n  password: {file: /nonexistent, value: SECRET}",
      "  username: u\n  password: [SECRET]", "  username: u\n  passwd: SECRET",
    ])
  func neverShown(_ piece: String) throws {
    let text = minimal(uplink: piece.replacing("SECRET", with: Self.secret))
    let failure = try #require(refusal(text))
    for colour in [false, true] { #expect(!failure.rendered(inColour: colour).contains(Self.secret)) }
    #expect(!failure.problems.contains { $0.reason.contains(Self.secret) })
  }

  @Test("A password in the broker's address is refused and not shown, in the file and in the environment")
  func url() throws {
    let url = "mqtt://user:\(Self.secret)@host"
    let inFile = try #require(refusal(minimal().replacing("mqtt://h", with: url)))
    #expect(!inFile.rendered(inColour: false).contains(Self.secret))
    let inVariable = try #require(refusal(minimal(), ["FIELDPOST_BROKER": url]))
    #expect(!inVariable.rendered(inColour: false).contains(Self.secret))
  }

  @Test("From a file, without its last line's end, and from the environment")
  func sources() throws {
    let folder = try Folder()
    let file = try folder.file("p", Array("\(Self.secret)\n".utf8))
    for source in ["{file: \(file)}", "{env: P}"] {
      let settings = try load(minimal(uplink: "  username: u\n  password: \(source)"), ["P": Self.secret])
      #expect(settings.uplink.credentials?.password?.revealed == Self.secret)
      var dumped = ""
      dump(settings, to: &dumped)
      #expect(!"\(settings)\(String(reflecting: settings))\(dumped)".contains(Self.secret))
    }
  }

  @Test("A file that everybody can read, an empty one, one of the wrong kind: each says what to do")
  func badFiles() throws {
    let folder = try Folder()
    let cases = [
      (try folder.file("open", Array("x\n".utf8), mode: 0o644), "chmod o="),
      (try folder.file("empty", []), "is empty"),
      (try folder.file("newline", [10]), "is empty"),
      (try folder.file("binary", [0xFF, 0xFE]), "not text in UTF-8"),
      (try folder.file("large", [UInt8](repeating: 65, count: 5_000)), "the limit is 4096"),
      (folder.path, "not a regular file"), (folder.path + "/none", "No such file"),
    ]
    for (file, words) in cases {
      let found = problems(minimal(uplink: "  username: u\n  password: {file: \(file)}"))
      #expect(found.count == 1 && found[0].contains(words), "\(found)")
    }
  }

  @Test("A password without a user name is a mistake")
  func noUser() {
    #expect(
      problems(minimal(uplink: "  password: {env: P}"), ["P": "x"]) == [
        "4:13 uplink.password: a password needs a username beside it"
      ])
  }
}
