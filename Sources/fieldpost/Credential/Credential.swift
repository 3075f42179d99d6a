import ArgumentParser
import Glibc
import Linux
import Telemetry

struct Credential: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Keeps the passwords that devices.yaml names.", subcommands: [CredentialSet.self])
}

struct CredentialSet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Asks for a password, without showing it, and keeps it for the daemon.",
    discussion: """
      devices.yaml names it: `password: {credential: broker}`. Only root can read it; systemd hands it to the daemon when \
      that starts. An old password of this name is replaced in one step. If standard input is no terminal, the password \
      is read from there.

      Exit status 0 when it is kept, 1 when nothing was changed, 77 without the right to write there.
      """)

  @Argument(help: "What devices.yaml calls it, such as broker.")
  var name: String

  @Option(help: ArgumentHelp("Where passwords are kept.", valueName: "directory"), completion: .directory)
  var folder = "/etc/fieldpost/credentials"

  func validate() throws {
    let isName = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard isName, 1...64 ~= name.utf8.count, !name.hasPrefix(".") else {
      // Do not show the name: it may be the password itself, typed in the wrong place.
      throw ValidationError("the name must be 1 to 64 of the characters a-z, A-Z, 0-9, -, _ and ., such as broker")
    }
  }

  func run() throws {
    do {
      let folder = try CredentialFolder(folder)
      let wasThere = try folder.has(name)
      let secret = try password()
      try folder.put(secret, as: name)
      print(
        """
        \(folder.path)/\(name): \(wasThere ? "replaced" : "kept"), for root alone
        In devices.yaml: password: {credential: \(name)}
        A running daemon takes it when it starts again: sudo systemctl restart fieldpost
        """)
    } catch let refusal as CredentialRefusal {
      printError("fieldpost: \(printable(refusal.reason)); nothing was changed\n")
      throw ExitCode(refusal.isDenied ? 77 : 1)
    }
  }

  private func password() throws -> [UInt8] {
    guard let terminal = HiddenInput() else {
      return try SecretText(HiddenInput.all(limit: SecretText.limit + 3)).bytes
    }
    defer { terminal.restore() }
    let first = try SecretText(terminal.ask("Password for \(name) (it is not shown): ")).bytes
    guard try terminal.ask("The same again: ") == first else { throw CredentialRefusal("the two are not the same") }
    return first
  }
}

/// Why a password is not kept. The text never contains the password.
struct CredentialRefusal: Error {
  let reason: String
  let isDenied: Bool

  init(_ reason: String, isDenied: Bool = false) {
    self.reason = reason
    self.isDenied = isDenied
  }
}

/// A password that may be kept: one line of text.
private struct SecretText {
  /// The most bytes that the daemon reads.
  static let limit = 4_096

  let bytes: [UInt8]

  init(_ input: [UInt8]) throws(CredentialRefusal) {
    var bytes = input
    if bytes.last == 10 { bytes.removeLast() }
    if bytes.last == 13 { bytes.removeLast() }
    guard !bytes.isEmpty else { throw CredentialRefusal("the password is empty") }
    guard bytes.count <= Self.limit else {
      throw CredentialRefusal(
        "the password is longer than \(Self.limit) bytes: it is probably not the file that was meant")
    }
    guard !bytes.contains(where: { [0, 10, 13].contains($0) }) else {
      throw CredentialRefusal(
        "a password is one line, and this has several: it is probably not the file that was meant")
    }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw CredentialRefusal("the password is not text in UTF-8")
    }
    self.bytes = bytes
  }
}
