extension SpoolReader {
  /// Compares each block that counts with the one before it: these fields of the daemon's blocks never decrease.
  package struct OrderCheck {
    private var previous: StoredBlock?

    package init() {}

    /// Describes which fields have decreased; nil when none has. Takes the blocks in the order of `walk`.
    package mutating func fault(in block: StoredBlock) -> String? {
      guard block.standing == .counts, previous.map({ $0.serial < block.serial }) ?? true else { return nil }
      defer { previous = block }
      guard let previous else { return nil }
      let pairs: [(name: String, before: UInt64, now: UInt64)] = [
        ("epoch", UInt64(previous.epoch), UInt64(block.epoch)), ("cursor", previous.cursor, block.cursor),
        ("evicted", previous.evicted, block.evicted), ("expired", previous.expired, block.expired),
        ("lost", previous.lost, block.lost),
      ]
      let smaller = pairs.filter { $0.now < $0.before }
      guard !smaller.isEmpty else { return nil }
      return smaller.map { "\($0.name) \($0.now) after \($0.before)" }.joined(separator: ", ")
    }
  }
}
