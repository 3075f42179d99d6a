import Drivers

/// Reads the key `faults` of a scenario.
struct FaultReader {
  /// The sensor or bus that the faults happen to, for messages.
  let what: String
  /// The kinds of faults that can happen to it.
  let possible: [String]

  private static let kinds: [(name: String, kind: FaultSettings.Kind)] = [
    ("nack", .noAcknowledge), ("crc", .checksum), ("stuck", .stuck), ("slow", .slow(by: .zero)),
    ("disconnected", .disconnected), ("lost_edges", .lostEdges),
  ]
  private static let longest = Duration.seconds(365 * 86_400)

  func faults(_ field: Field?) -> [FaultSettings] { field?.list()?.compactMap(fault) ?? [] }

  private func fault(_ item: Field) -> FaultSettings? {
    guard let section = item.section(["kind", "at", "for", "every", "by"]),
      let kind = section.required("kind", "what goes wrong").flatMap({ kind($0, section) })
    else { return nil }
    var fault = FaultSettings(kind: kind)
    if let start = section.optional("at")?.duration(.zero...Self.longest) { fault.start = start }
    fault.length = section.optional("for")?.duration(.milliseconds(1)...Self.longest)
    guard let every = section.optional("every") else { return fault }
    guard let period = every.duration(.milliseconds(2)...Self.longest) else { return nil }
    guard let length = fault.length else {
      if section.optional("for") == nil { every.mistake("needs `for` beside it: without, the fault never ends") }
      return nil
    }
    if period <= length { every.mistake("must be longer than `for`, or the fault never ends") }
    fault.period = period
    return fault
  }

  private func kind(_ field: Field, _ section: Section) -> FaultSettings.Kind? {
    guard let kind = field.choice(Self.kinds.map { ($0.name, $0) }) else { return nil }
    guard possible.contains(kind.name) else {
      field.mistake("\(kind.name) cannot happen to \(what), only \(possible.joined(separator: ", "))")
      return nil
    }
    guard case .slow = kind.kind else {
      section.optional("by")?.mistake("is for `kind: slow`")
      return kind.kind
    }
    let lateness = section.required("by", "how much longer everything takes, such as 800ms").flatMap {
      $0.duration(.milliseconds(1)...(.seconds(3_600)))
    }
    return lateness.map { .slow(by: $0) }
  }
}

extension Chip {
  /// The kinds of faults that a scenario may have for this chip. A GPIO line has no addresses and no checksums. A
  /// broken wire to a contact looks like an open contact, so nobody could see it as a fault.
  var possibleFaults: [String] {
    switch attachment {
    case .i2c, .sysfs: ["nack", "crc", "stuck", "slow", "disconnected"]
    case .gpio where measures.first == .contact: ["disconnected"]
    case .gpio: ["disconnected", "lost_edges"]
    }
  }
}
