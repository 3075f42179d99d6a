import Configuration

/// A password that is kept on the board goes to the broker that it was set for. Whoever can put a `devices.yaml` on the card
/// could otherwise name a broker of his own, and be sent it.
struct StoredPassword {
  /// As the configuration in use names them; nil: there is none, or it has mistakes.
  let before: BrokerChoice?
  /// As the one on the card names them.
  let now: BrokerChoice

  /// Why the configuration is not taken; nil when it may be. `brought`: the names of the files on the card.
  func refusal(brought: Set<String>) -> String? {
    guard let source = now.passwordSource, !isBrought(source, brought) else { return nil }
    guard let before else { return nil }
    guard let other = now.addresses.first(where: { !before.addresses.contains($0) }) else {
      return now.isInsecure && !before.isInsecure
        ? "uplink.tls.insecure is new: anybody could then pose as the broker, and would get the password that is kept on the "
          + "board. \(remedy)\n" : nil
    }
    return
      "uplink.broker: \(other) is not a broker of the configuration in use (\(before.addresses.joined(separator: ", "))): "
      + "it would get the password that was set for that one. \(remedy)\n"
  }

  private func isBrought(_ source: BrokerChoice.PasswordSource, _ brought: Set<String>) -> Bool {
    if case .file(let name) = source { brought.contains(name) } else { false }
  }

  private var remedy: String {
    "Put the password for the new one into this folder too, as a file, and name it in devices.yaml: "
      + "password: {file: password.txt}"
  }
}
