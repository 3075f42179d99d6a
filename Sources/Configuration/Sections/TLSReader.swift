import Glibc

/// Reads the group `uplink.tls`.
struct TLSReader {
  private static let keyBytes = 8...64

  let surroundings: Surroundings
  /// The gateway's id.
  let device: String

  /// The group must fit the broker in the file, `written`; the result depends on the broker in use, `effective`.
  func read(_ uplink: Section, written: BrokerURL?, effective: BrokerURL?) -> TLSSettings? {
    guard let field = uplink.optional("tls") else { return effective?.isEncrypted == true ? TLSSettings() : nil }
    if let written, !written.isEncrypted {
      field.findings.add(
        uplink.mark("tls"), field.path, "has no effect with mqtt://; for TLS the broker's URL says mqtts://")
    }
    guard let section = field.section() else { return nil }
    var settings = TLSSettings()
    certificates(section, &settings)
    settings.psk = section.optional("psk").flatMap { psk($0, section) }
    settings.alpn = section.optional("alpn")?.formed()
    settings.isInsecure = section.optional("insecure")?.boolean() ?? false
    return effective?.isEncrypted == true ? settings : nil
  }

  private func certificates(_ section: Section, _ settings: inout TLSSettings) {
    settings.authorities = section.optional("ca").flatMap { readableFile($0)?.path }
    settings.certificate = section.optional("certificate").flatMap { readableFile($0)?.path }
    settings.key = section.optional("key").flatMap(keyFile)
    for (one, other) in [("certificate", "key"), ("key", "certificate")] where section.optional(other) == nil {
      section.optional(one)?.mistake("needs \(other) beside it")
    }
  }

  private func keyFile(_ field: Field) -> String? {
    guard let (path, mode) = readableFile(field) else { return nil }
    guard mode & 0o007 == 0 else {
      field.mistake("\(path) can be used by everybody; mend it with: chmod o= \(path)")
      return nil
    }
    return path
  }

  private func readableFile(_ field: Field) -> (path: String, mode: mode_t)? {
    guard let written = field.text() else { return nil }
    let path = surroundings.path(written)
    let isThere = !surroundings.isElsewhere && access(path, F_OK) == 0
    guard isThere || Disclosure.isFileName(written) || Disclosure.isNameOfSecret(written) else {
      field.findings.add(field.node.mark, field.path, Self.pasted, hidesLine: true)
      return nil
    }
    if surroundings.isElsewhere { return (path, 0) }
    guard access(path, R_OK) == 0 else {
      let code = errno
      let failure = LoadFailure(code, reason: Access.refused(path, code, name: written))
      field.mistake(failure.reason, mayPass: failure.mayPass)
      return nil
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      field.mistake("\(shortened(written, to: 200)) is not a regular file")
      return nil
    }
    return (path, status.st_mode)
  }

  /// For people who paste the key itself.
  private static let pasted =
    "must be the path of a file, such as /etc/fieldpost/client.pem, and not what is in it, which is not shown here"

  private func psk(_ field: Field, _ tls: Section) -> TLSSettings.PSK? {
    for key in ["ca", "certificate", "key", "insecure"] where tls.optional(key) != nil {
      tls.optional(key)?.mistake("has no effect with psk, which takes the place of certificates")
    }
    // A text in place of the group, or of one of its keys, may be the secret: its line must not be shown.
    guard case .mapping(let entries) = field.node.content,
      entries.allSatisfy({ Suggestion.closest(to: $0.key, among: Keys.psk.names) != nil })
    else {
      field.findings.add(
        field.node.mark, field.path, "must be {identity: NAME, key: {file: PATH}} or the same with {env: NAME}",
        hidesLine: true)
      return nil
    }
    guard let section = field.section() else { return nil }
    let identity = section.required("identity").flatMap(FilledText(surroundings, device: device).read)
    let key = section.required("key").flatMap(pskKey)
    guard let identity, let key else { return nil }
    return TLSSettings.PSK(identity: identity, key: key)
  }

  private func pskKey(_ field: Field) -> Secret? {
    guard let secret = SecretReader(surroundings: surroundings).read(field) else { return nil }
    if surroundings.isElsewhere { return secret }
    let digits = secret.revealed.utf8.count
    guard secret.revealed.allSatisfy({ $0.isASCII && $0.isHexDigit }), digits % 2 == 0,
      Self.keyBytes ~= digits / 2
    else {
      field.mistake("the key must be 16 to 128 hexadecimal digits, two for each byte")
      return nil
    }
    return secret
  }
}
