import Messages
import Telemetry

/// Compares the messages that the broker has with the numbers that the gateways gave out. A value: evidence goes in, findings come out.
package struct Audit {
  /// One run of the gateway, from its start to its end.
  package struct Life: Sendable {
    package let epoch: UInt32
    /// The last number of each stream.
    package let last: [String: UInt64]
    /// The records that may be missing without a word: it was not on the disk when the process or the power failed.
    package var excused: Set<Name> = []
    /// The disk did not work at the end, so that anything of this life and of earlier ones may be missing.
    package var isAllExcused = false

    package init(epoch: UInt32, last: [String: UInt64]) { (self.epoch, self.last) = (epoch, last) }
  }

  package struct Name: Hashable, Sendable {
    package let stream: String
    package let epoch: UInt32
    package let sequence: UInt64

    package init(_ identity: Identity) {
      (stream, epoch, sequence) = (identity.sensor, identity.epoch, identity.sequence)
    }

    fileprivate init(_ stream: String, _ epoch: UInt32, _ sequence: UInt64) {
      (self.stream, self.epoch, self.sequence) = (stream, epoch, sequence)
    }
  }

  private struct Stream: Hashable {
    let name: String
    let epoch: UInt32
  }

  private struct Span {
    let first: Gap.Position
    let last: Gap.Position
  }

  package private(set) var findings: [String] = []
  package private(set) var messages = 0
  package private(set) var gaps = 0
  /// Readings must come in order: nothing in this world lets one overtake another.
  private let isOrdered: Bool
  private var lives: [Life] = []
  /// The number of the life that has the epoch.
  private var order: [UInt32: Int] = [:]
  private var arrived: [Stream: [UInt64: Int]] = [:]
  private var newest: [String: (life: Int, sequence: UInt64)] = [:]
  private var spans: [String: [Span]] = [:]
  /// A bad block may have had a gap in it, and nobody knows what that one told: a gap has lost events, or counts more than it
  /// can name.
  private var hasLostGaps = false
  /// Whether the last event of each alarm says that it is raised.
  private var alarms: [String: (life: Int, sequence: UInt64, isRaised: Bool)] = [:]
  /// The last state that the broker has: the alarms in it, and the faulty sensors.
  package private(set) var stated: (alarms: Set<String>, faults: [String], isOnline: Bool)?

  package init(isOrdered: Bool) { self.isOrdered = isOrdered }

  package mutating func find(_ finding: String) {
    if findings.count < 20 { findings.append(finding) }
  }

  /// A gateway has begun with this epoch.
  package mutating func begin(_ epoch: UInt32) {
    if order[epoch] != nil { find("epoch \(epoch) is used a second time") }
    order[epoch] = order.count
  }

  package mutating func end(_ life: Life) { lives.append(life) }

  /// The card with everything on it is gone.
  package mutating func loseCard() {
    for index in lives.indices { lives[index].isAllExcused = true }
    alarms = [:]
  }

  // MARK: What the broker takes

  package mutating func accept(_ message: Message) {
    messages += 1
    switch message.address {
    case .readings: for stated in Payload.identities(message.payload) { take(stated) }
    case .events: if let object = Payload.object(message.payload) { event(object) }
    case .state: if let object = Payload.object(message.payload) { state(object) }
    case .answer: break
    }
  }

  private mutating func take(_ stated: Payload.Stated) {
    let stream = Stream(name: stated.sensor, epoch: stated.epoch)
    let known = arrived[stream, default: [:]].updateValue(stated.content, forKey: stated.sequence)
    if let known {
      if known != stated.content { find("\(stated.sensor) \(stated.epoch)/\(stated.sequence) has two contents") }
      return
    }
    guard let life = order[stated.epoch] else {
      return find("\(stated.sensor) \(stated.epoch)/\(stated.sequence): no gateway has this epoch")
    }
    let newest = newest[stated.sensor] ?? (-1, 0)
    if (life, stated.sequence) > newest {
      self.newest[stated.sensor] = (life, stated.sequence)
    } else if isOrdered {
      find("\(stated.sensor) \(stated.epoch)/\(stated.sequence) comes after \(newest.sequence) of life \(newest.life)")
    }
  }

  private mutating func event(_ object: [String: Any]) {
    guard let stream = object["sensor"] as? String, let epoch = object["epoch"] as? Int,
      let sequence = object["sequence"] as? Int, let kind = object["event"] as? String
    else { return find("an event without an identity: \(object)") }
    let content = (object["detail"] as? String ?? kind).utf8.reduce(5_381) { $0 &* 33 &+ Int($1) }
    take(.init(sensor: stream, epoch: UInt32(epoch), sequence: UInt64(sequence), content: content))
    switch kind {
    case "gap": gap(object)
    case "alarm_raised", "alarm_cleared":
      let name = Self.alarm(object, of: object["concerns"] as? String ?? "")
      let place = (order[UInt32(epoch)] ?? 0, UInt64(sequence))
      if let known = alarms[name], (known.life, known.sequence) >= place { return }
      alarms[name] = (place.0, place.1, kind == "alarm_raised")
    default: break
    }
  }

  private static func alarm(_ object: [String: Any], of sensor: String) -> String {
    [sensor, object["alarm"] as? String ?? "", object["quantity"] as? String ?? ""].joined(separator: " ")
  }

  private mutating func gap(_ object: [String: Any]) {
    gaps += 1
    var named: UInt64 = 0
    for span in object["gaps"] as? [[String: Any]] ?? [] {
      guard let stream = span["sensor"] as? String, let first = Self.position(span["first"]),
        let last = Self.position(span["last"])
      else { return find("a gap without a span: \(object)") }
      spans[stream, default: []].append(Span(first: first, last: last))
      if stream == Event.stream, object["reason"] as? String == "unreadable" { hasLostGaps = true }
      named += UInt64(span["count"] as? Int ?? 0)
    }
    let count = UInt64(object["count"] as? Int ?? 0)
    if count < named { find("a gap counts \(count), and its sensors \(named)") }
    if count > named { hasLostGaps = true }
  }

  private static func position(_ value: Any?) -> Gap.Position? {
    guard let place = value as? [String: Any], let epoch = place["epoch"] as? Int,
      let sequence = place["sequence"] as? Int
    else { return nil }
    return Gap.Position(epoch: UInt32(epoch), sequence: UInt64(sequence))
  }

  private mutating func state(_ object: [String: Any]) {
    let raised = (object["alarms"] as? [[String: Any]] ?? []).map { Self.alarm($0, of: $0["sensor"] as? String ?? "") }
    stated = (Set(raised), object["faults"] as? [String] ?? [], object["state"] as? String == "online")
    guard let buffer = object["buffer"] as? [String: Any] else { return }
    let terms = ["acknowledged", "waiting", "evicted", "expired", "lost"].map { buffer[$0] as? Int ?? -1 }
    if buffer["taken"] as? Int != terms.reduce(0, +) { find("the state's ledger does not add up: \(buffer)") }
  }

  // MARK: The end

  /// When everything works again and nothing waits. `deadLetters`: what the broker never took.
  package mutating func finish(deadLetters: Set<Name>) {
    for (index, life) in lives.enumerated() {
      let isExcused = lives[index...].contains(where: \.isAllExcused)
      for (stream, last) in life.last.sorted(by: { $0.key < $1.key }) {
        let arrived = arrived[Stream(name: stream, epoch: life.epoch)] ?? [:]
        if let most = arrived.keys.max(), most > last {
          find("\(stream) \(life.epoch)/\(most): its gateway counted to \(last)")
        }
        guard !isExcused, !hasLostGaps, last > 0 else { continue }
        let lost = (1...last).filter { number in
          arrived[number] == nil && !isKnown(Name(stream, life.epoch, number), life, deadLetters)
        }
        if let first = lost.first {
          find("\(stream) epoch \(life.epoch): \(lost.count) of \(last) are missing without a word, first \(first)")
        }
      }
    }
    if let disagreement { find(disagreement) }
  }

  private func isKnown(_ name: Name, _ life: Life, _ deadLetters: Set<Name>) -> Bool {
    if life.excused.contains(name) || deadLetters.contains(name) { return true }
    let position = Gap.Position(epoch: name.epoch, sequence: name.sequence)
    return spans[name.stream]?.contains { $0.first <= position && position <= $0.last } ?? false
  }

  /// The alarms by the last events and by the last state, if the two do not agree. Nothing is known of the alarms if events are
  /// missing, as any may be.
  var disagreement: String? {
    let missesEvents =
      spans[Event.stream] != nil
      || lives.contains { life in
        life.isAllExcused || life.excused.contains { $0.stream == Event.stream }
      }
    guard let stated, !missesEvents, !hasLostGaps else { return nil }
    let raised = Set(alarms.filter(\.value.isRaised).keys)
    if !stated.isOnline { return "the state says offline" }
    guard raised != stated.alarms else { return nil }
    return "alarms: by the events \(raised.sorted()) are raised, by the state \(stated.alarms.sorted())"
  }
}
