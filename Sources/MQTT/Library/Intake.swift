import Glibc

/// Watches over what a broker sends, and finds the one that would fill the memory.
struct Intake {
  /// Largest number of messages that a publisher takes from one call of the library; more are dropped, as
  /// `CommandGate` would.
  private static let mostCommands = 32
  private static let mostUnanswered = 5_000
  /// Largest size of the payloads that a subscriber takes from one call of the library, in bytes. The library holds a
  /// message twice while we copy it, and a Swift program ends when it gets no memory.
  static let mostBytes = Int(MemoryBudget.bytes / 4)

  private let role: LinkRole
  /// We have asked for messages of QoS 2.
  private let wantsQoS2: Bool
  private var messages = 0
  private var bytes = 0
  /// PUBLISH packets received since the library last had nothing to write. Each one with QoS 1 needs an answer, which
  /// waits in memory.
  private var unanswered = 0
  /// The library keeps a message of QoS 2 until the broker releases it.
  private var hasQoS2 = false
  private(set) var hasPuback = false

  init(_ role: LinkRole, wantsQoS2: Bool) {
    self.role = role
    self.wantsQoS2 = wantsQoS2
  }

  /// Why the broker is to be given up, in words; nil: it keeps to what may be expected.
  var excess: String? {
    if hasQoS2, !wantsQoS2 { return "it sends messages with QoS 2, which nobody has asked for" }
    if unanswered > Self.mostUnanswered { return "it sends messages, and does not take our acknowledgements" }
    if role == .subscriber, bytes > Self.mostBytes { return "it sends more than \(Self.mostBytes >> 20) MiB at once" }
    return nil
  }

  /// The next call of the library begins.
  mutating func begin() {
    messages = 0
    bytes = 0
  }

  /// The library has written everything.
  mutating func written() { unanswered = 0 }

  /// Counts a message, and returns the largest payload that is to be copied. Nil: the message is dropped.
  mutating func admit(_ size: Int, largestCommand: Int) -> Int? {
    messages += 1
    bytes += size
    switch role {
    case .publisher: return messages <= Self.mostCommands ? largestCommand : nil
    case .subscriber: return bytes <= Self.mostBytes ? size : nil
    }
  }

  /// Examines a line of the library's log. It writes one for each packet: `Client x received PUBLISH (d0, q1, r0, m1,
  /// 'topic', ... (5 bytes))`.
  mutating func received(_ line: UnsafePointer<CChar>) {
    // PUBLISH is checked first: its topic may contain any text.
    guard let publish = strstr(line, " received PUBLISH (") else {
      if strstr(line, " received PUBACK ") != nil { hasPuback = true }
      return
    }
    let flags = String(decoding: UnsafeRawBufferPointer(start: publish, count: min(30, strlen(publish))), as: UTF8.self)
    if !flags.hasPrefix(" received PUBLISH (d0, q0,") { unanswered += 1 }
    if flags.hasPrefix(" received PUBLISH (d0, q2,") || flags.hasPrefix(" received PUBLISH (d1, q2,") { hasQoS2 = true }
  }
}
