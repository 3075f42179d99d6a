import Configuration

/// The explanation of a key of `devices.yaml` for a person.
package struct Note: Sendable {
  /// One or more sentences.
  package let meaning: String
  /// The value without the key, as the file would write it. Nil: none, or the meaning says it.
  package let usual: JSON?
  /// The keys that must be beside this one.
  package let needs: [String]
  /// The first version with this key.
  package let since: String

  init(_ meaning: String, usual: JSON? = nil, needs: [String] = [], since: String = "0.1.0") {
    self.meaning = meaning
    self.usual = usual
    self.needs = needs
    self.since = since
  }
}

/// The notes of all keys, by path. A test compares the paths with the table of keys.
package enum Notes {
  package static let all = [root, uplink, connection, sensors, values].reduce(into: [String: Note]()) { all, notes in
    all.merge(notes) { first, _ in first }
  }

  /// The path under which the notes have a key of the group at `home`. All secrets have the same notes, and so have all
  /// quantities of a sensor.
  static func path(of key: Key, in home: String) -> String { home.isEmpty ? key.name : "\(home).\(key.name)" }

  /// The path of the group behind a key.
  static func home(of key: Key, in home: String) -> String {
    if case .oneOf = key.shape { return "secret" }
    if home == "sensors", ["temperature", "humidity", "pressure"].contains(key.name) { return home }
    return path(of: key, in: home)
  }
}

extension JSON {
  init(_ duration: Duration) { self = .text(duration.text) }
  init(_ size: ByteCount) { self = .text(size.text) }
}
