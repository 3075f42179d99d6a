/// A broker's URL: `mqtt://host`, `mqtts://host:port`, `mqtt://[::1]:1883`.
struct BrokerURL: Equatable {
  let address: BrokerAddress
  let isEncrypted: Bool

  enum Outcome: Equatable {
    case url(BrokerURL)
    case mistake(String)
  }

  private static let schemes: [(name: String, isEncrypted: Bool, port: UInt16)] = [
    ("mqtt", false, 1_883), ("mqtts", true, 8_883),
  ]

  static func parse(_ text: String) -> Outcome {
    let form = "mqtt://HOST[:PORT] or mqtts://HOST[:PORT]"
    // The text may contain a password, which must not be shown.
    guard !text.contains("@"), !text.holds("%40") else {
      return .mistake("must not contain a user name or password; they have keys of their own beside broker")
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[1].isEmpty, parts[0].hasSuffix(":") else { return .mistake("must be \(form)") }
    let name = String(parts[0].dropLast())
    guard let scheme = schemes.first(where: { $0.name == name.lowercased() }) else {
      return .mistake("must be \(form); \(advice(for: name))")
    }
    guard parts.count == 3 || (parts.count == 4 && parts[3].isEmpty) else {
      return .mistake("must be \(form), without a path")
    }
    if !parts[2].hasPrefix("["), parts[2].count(where: { $0 == ":" }) > 1 {
      return .mistake("an IPv6 address stands in brackets: \(scheme.name)://[ADDRESS]:PORT")
    }
    guard let (host, portText) = split(parts[2]) else { return .mistake("must be \(form)") }
    guard !host.isEmpty, host.utf8.count <= 255, host.allSatisfy(isHostCharacter) else {
      let subject = mayHoldPassword(text) ? "what stands behind ://" : "\"\(shortened(host))\""
      return .mistake("\(subject) is not a host name or an address")
    }
    guard let portText else { return .url(.init(host, scheme.port, scheme.isEncrypted)) }
    guard isDigits(portText), let port = UInt16(portText), port > 0 else {
      let subject = mayHoldPassword(text) ? "what stands behind the colon" : "\"\(shortened(portText))\""
      return .mistake("\(subject) is not a port: 1 to 65535")
    }
    return .url(.init(host, port, scheme.isEncrypted))
  }

  /// Whether a malformed address may contain a password, as in `mqtt://user:PASSWORD` and
  /// `mqtt://host?password=PASSWORD`: a part after a colon that is neither a port nor part of an IPv6 address, or a
  /// character that no address has.
  static func mayHoldPassword(_ text: String) -> Bool {
    // The part after the scheme, if there is a scheme.
    let slashes = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    let authority = slashes.count == 3 && slashes[0].hasSuffix(":") && slashes[1].isEmpty ? slashes[2] : text[...]
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    let isAddress = parts.count > 2 && authority.allSatisfy { $0.isHexDigit || "[]:./%".contains($0) }
    let isPort = parts.dropFirst().allSatisfy { part in part.allSatisfy { $0.isNumber || "/-+".contains($0) } }
    return text.contains { "?=!$&*^#~|\"'\\@".contains($0) } || !(isAddress || isPort)
  }

  /// Names that other programs use for MQTT over TCP or TLS, also as in `mqtt+ssl`, and for other transports.
  private static let synonyms: [(names: [String], advice: String)] = [
    (
      ["ws", "wss", "http", "https"],
      "fieldpost speaks MQTT over TCP or TLS, not over HTTP or WebSocket: write mqtt:// or mqtts://, and the broker's port for "
        + "MQTT (usually 1883, with TLS 8883)"
    ),
    (["ssl", "tls", "mqtts", "tcps"], "for MQTT over TLS write mqtts://"),
    (["tcp", "mqtt", "mqtt5", "mqttv5"], "for MQTT over TCP write mqtt://"),
  ]

  private static func advice(for scheme: String) -> String {
    let words = scheme.lowercased().split { "+-_.".contains($0) }.map(String.init)
    let known = synonyms.first { synonym in words.contains { synonym.names.contains($0) } }
    return known?.advice ?? "the protocol \"\(shortened(scheme))\" is not known"
  }

  private init(_ host: String, _ port: UInt16, _ isEncrypted: Bool) {
    address = BrokerAddress(host: host, port: port)
    self.isEncrypted = isEncrypted
  }

  /// Splits host and port. An IPv6 address is in brackets.
  private static func split(_ authority: Substring) -> (host: String, port: String?)? {
    let rest: Substring
    let host: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[authority.index(after: authority.startIndex)..<end]
      rest = authority[authority.index(after: end)...]
    } else {
      host = authority.prefix { $0 != ":" }
      rest = authority[host.endIndex...]
    }
    if rest.isEmpty { return (String(host), nil) }
    return rest.hasPrefix(":") ? (String(host), String(rest.dropFirst())) : nil
  }

  private static func isHostCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || ".-_:%".contains(character))
  }
}
