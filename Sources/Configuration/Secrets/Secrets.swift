import Glibc

/// Reads secrets, which are never in the configuration itself: `{credential: NAME}`, `{file: PATH}` or `{env: NAME}`.
/// No message shows one.
struct SecretReader {
  private static let ways = "{credential: NAME}, {file: PATH} or {env: NAME}"
  /// Maximum bytes: a longer file is not a password file.
  private static let limit = 4_096

  let surroundings: Surroundings

  func read(_ field: Field) -> Secret? {
    if case .scalar = field.node.content {
      field.findings.add(
        field.node.mark, field.path, "a secret does not belong in this file: write \(Self.ways)", hidesLine: true)
      return nil
    }
    // A word in place of a key, or in a list, may be the secret itself: neither the word nor its line may be shown.
    guard case .mapping(let entries) = field.node.content, entries.allSatisfy({ isKey($0.key) }) else {
      field.findings.add(field.node.mark, field.path, "must be \(Self.ways)", hidesLine: true)
      return nil
    }
    guard let section = field.section() else { return nil }
    if surroundings.isElsewhere { return Secret("") }
    switch (section.optional("credential"), section.optional("file"), section.optional("env")) {
    case (let name?, nil, nil): return read(credential: name)
    case (nil, let file?, nil): return read(file: file)
    case (nil, nil, let name?): return read(variable: name)
    default:
      field.mistake("needs exactly one of credential, file and env")
      return nil
    }
  }

  private func isKey(_ word: String) -> Bool { Suggestion.closest(to: word, among: Keys.secret.names) != nil }

  private func read(credential field: Field) -> Secret? {
    guard let name = name(field, "a file's name, without a folder", where: isCredentialName) else { return nil }
    let places = StoredCredential.places(of: name, directory: surroundings.environment("CREDENTIALS_DIRECTORY"))
    let found = places.first { access($0, F_OK) == 0 }
    guard found != nil || Disclosure.isNameOfSecret(name) || Disclosure.isFileName(name) else {
      return notShown(field, "there is no credential of this name; 'fieldpost credential set NAME' makes one")
    }
    let place: String = found ?? places[0]
    switch Self.read(place, name: place) {
    case .success(let secret): return secret
    case .failure(let failure):
      field.mistake("\(failure.reason)\(StoredCredential.advice(name, places))", mayPass: failure.mayPass)
      return nil
    }
  }

  private func read(variable field: Field) -> Secret? {
    let meaning = "an environment variable's name, of A-Z, 0-9 and _"
    guard let name = name(field, meaning, where: Self.isVariable) else { return nil }
    guard let value = surroundings.environment(name) else {
      guard Disclosure.isNameOfSecret(name) else {
        return notShown(field, "no environment variable of this name is set")
      }
      field.mistake("the environment variable \(shortened(name)) is not set")
      return nil
    }
    guard !value.isEmpty else {
      field.mistake("the environment variable \(shortened(name)) is empty")
      return nil
    }
    return Secret(value)
  }

  private func notShown(_ field: Field, _ reason: String) -> Secret? {
    field.findings.add(
      field.node.mark, field.path, "\(reason); what stands here is not shown: it may be the secret", hidesLine: true)
    return nil
  }

  /// Reads a name. A text that cannot be a name may be the secret itself, so it is not shown.
  private func name(_ field: Field, _ meaning: String, where isRight: (String) -> Bool) -> String? {
    guard let text = field.text() else { return nil }
    if isRight(text), !Disclosure.mayBeSecret(text) { return text }
    field.findings.add(field.node.mark, field.path, "must be \(meaning)", hidesLine: true)
    return nil
  }

  private func isCredentialName(_ text: String) -> Bool { Name.isRight(text) && !Disclosure.mayBeSecret(text) }

  private static func isVariable(_ text: String) -> Bool {
    text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
      default: false
      }
    }
  }

  private func read(file field: Field) -> Secret? {
    guard let written = field.text() else { return nil }
    let path = surroundings.path(written)
    guard Disclosure.isFileName(written) || access(path, F_OK) == 0 || Disclosure.isNameOfSecret(written) else {
      return notShown(field, "must be the path of a file")
    }
    switch Self.read(path, name: written) {
    case .success(let secret): return secret
    case .failure(let failure):
      field.mistake(
        StoredCredential.meant(path).map { "write {credential: \($0)}: \(path) is for root alone" } ?? failure.reason,
        mayPass: failure.mayPass)
      return nil
    }
  }

  /// Reads a secret from a file, without the line end. A file that everybody can use is refused. `name` is what
  /// messages call the file.
  static func read(_ path: String, name: String) -> Result<Secret, LoadFailure> {
    func refused(_ reason: String) -> Result<Secret, LoadFailure> { .failure(LoadFailure(reason: reason)) }
    switch loadFile(path, limit: limit, name: name) {
    case .failure(let failure): return .failure(failure)
    case .success(let file):
      guard file.mode & 0o007 == 0 else {
        return refused("\(path) can be used by everybody; mend it with: chmod o= \(path)")
      }
      guard let text = String(validating: withoutMark(file.bytes), as: UTF8.self) else {
        return refused("\(name) is not text in UTF-8")
      }
      // In Swift "\r\n" is one character.
      let secret = text.last == "\n" || text.last == "\r\n" ? String(text.dropLast()) : text
      return secret.isEmpty ? refused("\(name) is empty") : .success(Secret(secret))
    }
  }
}
