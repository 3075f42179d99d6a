/// One key of `devices.yaml`: a row of the table. The readers take names, ranges and words from here, and so does the
/// schema. The notes for people on each key are in the module Schema, which the daemon does not link.
package struct Key: Sendable {
  package let name: String
  package let shape: Shape
  /// Why the key must be there, for the message when it is not; nil: it may be left out.
  package let purpose: String?
  /// The key is known only so that a message can say where its value belongs. Wherever it stands, it is a mistake.
  package let isMisplaced: Bool

  /// - Parameter purpose: given for a key that must be there.
  package init(_ name: String, _ shape: Shape, required purpose: String? = nil, isMisplaced: Bool = false) {
    self.name = name
    self.shape = shape
    self.purpose = purpose
    self.isMisplaced = isMisplaced
  }

  func misplaced(_ isMisplaced: Bool = true) -> Key {
    Key(name, shape, required: purpose, isMisplaced: isMisplaced)
  }
}

extension [Key] {
  package var names: [String] { map(\.name) }

  package subscript(named name: String) -> Key? { first { $0.name == name } }

  /// The keys without those that have the name of an earlier one.
  var unique: [Key] { reduce(into: []) { keys, key in if keys[named: key.name] == nil { keys.append(key) } } }
}

/// The table of all keys, a group at a time. The order within a group is that in which messages name the keys.
package enum Keys {}
