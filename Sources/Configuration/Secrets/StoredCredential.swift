/// Secrets that systemd hands to the unit (LoadCredential): only root can read them where they are kept.
enum StoredCredential {
  /// The folder that the unit's LoadCredential takes them from.
  static let kept = "/etc/fieldpost/credentials"

  /// Possible paths of a credential. In the unit's own directory systemd puts `fieldpost_` before the names from the
  /// folder; a drop-in may name one without it. Without a unit, as with `fieldpost check`, it is looked for in `kept`.
  static func places(of name: String, directory: String?) -> [String] {
    guard let directory else { return ["\(kept)/\(name)"] }
    return ["\(directory)/fieldpost_\(name)", "\(directory)/\(name)"]
  }

  /// The name of a credential that was configured as a file; nil: the path is not in the folder.
  static func meant(_ path: String) -> String? {
    path.hasPrefix(kept + "/") ? String(path.dropFirst(kept.count + 1)) : nil
  }

  static func advice(_ name: String, _ places: [String]) -> String {
    places.count > 1 ? "; put it into \(kept)/\(name), and restart the daemon" : ""
  }
}
