/// To whom a configuration would send its password, and from where it takes it. Nothing else of it is looked at, and the
/// password is not read.
package struct BrokerChoice: Hashable, Sendable {
  package enum PasswordSource: Hashable, Sendable {
    /// As it is written.
    case file(String)
    /// Of systemd or the environment, as it is written.
    case elsewhere([String])
  }

  /// `mqtts://broker.example.com:8883`.
  package let addresses: [String]
  package let passwordSource: PasswordSource?
  /// The broker's name is not verified.
  package let isInsecure: Bool
  /// By what a broker proves that it is the one: the words of these keys of `uplink.tls`; some are names of files.
  package let proofs: [String: [String]]

  package static let proofKeys = ["ca", "psk"]

  /// Nil for what is no configuration that can be taken into use.
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
  /// The value of a key in a group; the last one where a key is repeated, which no reader accepts.
  subscript(_ key: String) -> YAMLNode? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.last { $0.key == key }?.value
  }

  /// A single value, or those of a list.
  var texts: [String] {
    switch content {
    case .scalar(let text, _): [text]
    case .sequence(let items): items.flatMap(\.texts)
    case .mapping: []
    }
  }
  /// All that is written, with the keys of a group, whatever their order.
  fileprivate var words: [String] {
    guard case .mapping(let entries) = content else { return texts }
    return entries.sorted { $0.key < $1.key }.flatMap { [$0.key] + $0.value.words }
  }
}
