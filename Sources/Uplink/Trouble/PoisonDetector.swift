import Telemetry

/// Finds out what the connection always breaks off at. A message that the broker, or the library, answers by ending the
/// connection would otherwise be the first on every connection, and nothing behind it would ever arrive.
///
/// When several connections in a row have broken off at the same message, messages go one at a time. What is on its way
/// alone when that goes on is guilty.
struct PoisonDetector: Sendable {
  enum Subject: Hashable, Sendable {
    /// The state of the device, or what it subscribes to.
    case greeting
    /// By its token.
    case message(UInt64)
  }

  enum Finding: Hashable, Sendable {
    case nothing
    /// From now on one at a time.
    case suspicious
    case guilty(Subject)
  }

  /// Connections in a row.
  private static let limit = 3

  private var subject: Subject?
  /// That broke off at the same one.
  private(set) var count = 0
  /// How many messages the next connection is to send one at a time.
  private(set) var singly = 0

  /// `singly`: what was left of it. `most`: what can be on its way at a time, in parcels. `subject`: what the connection
  /// broke off at; nil: at nothing, or it was not broken off.
  mutating func ended(at subject: Subject?, singly: Int, most: Int, isKnown: Bool) -> Finding {
    self.singly = singly
    guard let subject else { return .nothing }
    count = subject == self.subject ? count + 1 : 1
    self.subject = subject
    guard count >= Self.limit || isKnown else { return .nothing }
    (self.subject, count) = (nil, 0)
    // There may be more of its kind.
    self.singly = 2 * most
    return singly > 0 ? .guilty(subject) : .suspicious
  }
}
