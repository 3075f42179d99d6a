import Configuration

/// Makes sure that a password kept on the board goes only to the broker that it was set for. Otherwise anybody who can
/// put a `devices.yaml` on the card could name a broker of their own, and receive the password.
struct StoredPassword {
  /// A configuration and the files that it names: contents by file name.
  typealias Files = [String: [UInt8]]

  private static let name = "devices.yaml"

  /// The new configuration: the files on the card, laid over those in use.
  private let files: Files
  /// The new configuration's broker. Nil: the configuration has mistakes, and is refused for them.
  private let now: BrokerChoice?
  /// The broker of the last configuration that used a password. Nil: there is none, or it has mistakes.
  private let before: BrokerChoice?
  private let filesBefore: Files
  private let isInUse: Bool

  /// `kept`: the files carried along with the configuration in use.
  init(_ files: Files, over inUse: Files, kept: Files) {
    self.files = files
    now = files[Self.name].flatMap(BrokerChoice.init)
    let used = inUse[Self.name].flatMap(BrokerChoice.init)
    let last = kept[Self.name].flatMap(BrokerChoice.init)
    // A configuration without a password may come from anybody: the next one must not be compared with it.
    isInUse = used?.passwordSource != nil || last == nil
    before = isInUse ? used : last
    filesBefore = isInUse ? inUse : kept
  }

  /// The files to carry along with a configuration without a password, so that the next configuration is compared with
  /// the last one that had a password.
  var carried: Files {
    guard now?.passwordSource == nil, let before, before.passwordSource != nil else { return [:] }
    let names = before.proofs.values.joined() + [Self.name]
    return filesBefore.filter { names.contains($0.key) }
  }

  /// Why the configuration is refused; nil when it may be used. `brought`: the names of the files on the card.
  func refusal(brought: Set<String>) -> String? {
    guard let now, let source = now.passwordSource, !isBrought(source, brought), let before else { return nil }
    if let other = now.addresses.first(where: { !before.addresses.contains($0) }) {
      let owner = isInUse ? "the configuration in use" : "the last configuration with a password"
      return "uplink.broker: \(other) is not a broker of \(owner) (\(before.addresses.joined(separator: ", "))): "
        + "it would get the password that was set for that one. \(remedy)\n"
    }
    if now.isInsecure, !before.isInsecure { return impostor("insecure") }
    if let proof = BrokerChoice.proofKeys.first(where: { isChanged($0, now, before) }) { return impostor(proof) }
    // The broker may have come with a password of its own: then the one named now was set for another broker.
    if let old = before.passwordSource, old != source {
      return "uplink.password is not the one that was used for this broker before, but another one that is kept on the "
        + "board. \(remedy)\n"
    }
    return nil
  }

  private func isBrought(_ source: BrokerChoice.PasswordSource, _ brought: Set<String>) -> Bool {
    if case .file(let name) = source { brought.contains(name) } else { false }
  }

  /// Compares contents as well as names: a file of the same name may be another file.
  private func isChanged(_ key: String, _ now: BrokerChoice, _ before: BrokerChoice) -> Bool {
    let words = now.proofs[key] ?? []
    return words != before.proofs[key] ?? [] || words.contains { files[$0] != filesBefore[$0] }
  }

  private func impostor(_ key: String) -> String {
    let isGone = key != "insecure" && now?.proofs[key] == nil
    return "uplink.tls.\(key) is \(isGone ? "gone" : "new"): somebody else could then pose as the broker, and would "
      + "get the password that is kept on the board. \(remedy)\n"
  }

  private var remedy: String {
    "Put the password for the new one into this folder too, as a file, and name it in devices.yaml: "
      + "password: {file: password.txt}"
  }
}
