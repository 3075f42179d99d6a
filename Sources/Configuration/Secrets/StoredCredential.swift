/// Secrets that systemd hands to the unit (LoadCredential): root alone can read them where they are kept.
enum StoredCredential {
  /// Where the unit's LoadCredential takes them from.
  static let kept = "/etc/fieldpost/credentials"

  /// Where a credential can be. In the unit's own directory systemd puts `fieldpost_` before what it took from the
  /// folder; a drop-in may name one itself. Without a unit, as with `fieldpost check`, it is looked for where it is kept.
  static func places(of name: String, directory: String?) -> [String] {
    guard let directory else { return ["\(kept)/\(name)"] }
    return ["\(directory)/fieldpost_\(name)", "\(directory)/\(name)"]
  }

  /// The name of the credential that somebody wrote as a file.
  static func meant(_ path: String) -> String? {
    path.hasPrefix(kept + "/") ? String(path.dropFirst(kept.count + 1)) : nil
  }

  static func advice(_ name: String, _ places: [String]) -> String {
    places.count > 1 ? "; put it into \(kept)/\(name), and restart the daemon" : ""
  }
}
