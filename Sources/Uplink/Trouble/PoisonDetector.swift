import Telemetry

/// Finds poison messages. A message that the broker, or the library, answers by ending the connection would otherwise
/// be the first on every connection, and nothing behind it would ever arrive.
///
/// When several connections in a row have broken off at the same message, messages go one at a time. A message that is
/// alone in flight at the next break is guilty.
struct PoisonDetector: Sendable {
  enum Subject: Hashable, Sendable {
    /// The state of the device, or its subscriptions.
    case greeting
    /// The message with this token.
    case message(UInt64)
  }

  enum Finding: Hashable, Sendable {
    case nothing
    /// From now on messages go one at a time.
    case suspicious
    case guilty(Subject)
  }

  /// Connections in a row until there is a finding.
  private static let limit = 3

  private var subject: Subject?
  /// Connections in a row that broke off at `subject`.
  private(set) var count = 0
  /// How many messages the next connection is to send one at a time.
  private(set) var singly = 0

  /// `singly`: how many messages were still to be sent one at a time. `most`: how many parcels can be in flight.
  /// `subject`: what the connection broke off at; nil: at nothing, or it did not break off.
  mutating func ended(at subject: Subject?, singly: Int, most: Int, isKnown: Bool) -> Finding {
    self.singly = singly
    guard let subject else { return .nothing }
    count = subject == self.subject ? count + 1 : 1
    self.subject = subject
    guard count >= Self.limit || isKnown else { return .nothing }
    (self.subject, count) = (nil, 0)
    // There may be more poison messages.
    self.singly = 2 * most
    return singly > 0 ? .guilty(subject) : .suspicious
  }
}
