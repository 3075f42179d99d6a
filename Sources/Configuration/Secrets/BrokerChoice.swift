/// The broker that a configuration would send its password to, and where the password comes from. Nothing else is
/// checked, and the password is not read.
package struct BrokerChoice: Hashable, Sendable {
  package enum PasswordSource: Hashable, Sendable {
    /// A file, as the configuration names it.
    case file(String)
    /// A systemd credential or an environment variable, as the configuration names it.
    case elsewhere([String])
  }

  /// The brokers' addresses: `mqtts://broker.example.com:8883`.
  package let addresses: [String]
  package let passwordSource: PasswordSource?
  /// The broker's name is not verified.
  package let isInsecure: Bool
  /// The settings that prove the broker's identity: the words of these keys of `uplink.tls`. Some are names of files.
  package let proofs: [String: [String]]

  package static let proofKeys = ["ca", "psk"]

  /// Nil: the bytes are not YAML, or have no `uplink`.
  package init?(_ bytes: [UInt8]) {
    guard let root = try? YAMLParser.parse(withoutMark(bytes)), let uplink = root["uplink"] else { return nil }
    addresses = (uplink["broker"]?.texts ?? []).compactMap { text in
      guard case .url(let url) = BrokerURL.parse(text) else { return nil }
      return "\(url.isEncrypted ? "mqtts" : "mqtt")://\(url.address.name)".lowercased()
    }
    let password = uplink["password"]
    let file = password?["file"]?.texts.first
    passwordSource = password.map { file.map(PasswordSource.file) ?? .elsewhere($0.words) }
    let tls = uplink["tls"]
    isInsecure = tls?["insecure"]?.texts == ["true"]
    proofs = Dictionary(uniqueKeysWithValues: Self.proofKeys.compactMap { key in tls?[key].map { (key, $0.words) } })
  }
}

extension YAMLNode {
  /// The value of a key in a group; the last one if a key is repeated, which no reader accepts.
  subscript(_ key: String) -> YAMLNode? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.last { $0.key == key }?.value
  }

  /// A single value, or the values of a list.
  var texts: [String] {
    switch content {
    case .scalar(let text, _): [text]
    case .sequence(let items): items.flatMap(\.texts)
    case .mapping: []
    }
  }
  /// All texts of the node, with the keys of a group, in an order that does not depend on the file's.
  fileprivate var words: [String] {
    guard case .mapping(let entries) = content else { return texts }
    return entries.sorted { $0.key < $1.key }.flatMap { [$0.key] + $0.value.words }
  }
}
