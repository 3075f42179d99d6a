import Telemetry

/// The decisions when nothing is acknowledged although the connection is up. There are paths on which small packets
/// pass
/// and large ones vanish: a tunnel with a smaller MTU, behind a filter that drops the ICMP messages that would report
/// it.
///
/// After two connections in a row that ended in silence, messages go one at a time, with one reading in each, for some
/// minutes. Then they go as usual again. If that ends in silence too, they go one at a time for twice as long. A
/// message that is not answered even when it is alone in flight, while the broker answers others, is guilty.
struct Narrowing: Sendable {
  enum Finding: Hashable, Sendable {
    case nothing
    /// From now on messages go one at a time.
    case narrowed
    case guilty(PoisonDetector.Subject)
  }

  /// How a connection ended.
  struct Ending: Sendable {
    /// The message that was not answered; nil: the connection did not end in silence.
    let subject: PoisonDetector.Subject?
    /// Counts of the parcels that were answered.
    let delivered: Connection.Delivered
    /// The broker has answered something on this connection, if only the device's state.
    let hasAnswered: Bool
  }

  /// Silent connections in a row until messages go one at a time, or the greeting is guilty.
  private static let limit = 2
  /// Silent connections in a row until a single message is held. A merely bad network must not change the order.
  private static let aloneLimit = 3
  private static let waits = Duration.seconds(300)...(.seconds(3_600))

  private var subject: PoisonDetector.Subject?
  private var count = 0
  private var wait = waits.lowerBound
  /// Something was delivered since the last message was found guilty. Otherwise the network is to blame, and the next
  /// message would be found just as guilty.
  private var mayConvict = true
  /// Messages go one at a time until then. If this is in the past, normal operation is being tried.
  private(set) var until: Uptime?

  /// `enough`: this many parcels answered in normal operation show that the path takes them.
  mutating func ended(_ ending: Ending, enough: Int, at now: Uptime) -> Finding {
    if let until, until <= now, ending.delivered.asUsual >= enough { (self.until, wait) = (nil, Self.waits.lowerBound) }
    if ending.delivered.all > 0 { mayConvict = true }
    guard let subject = ending.subject else {
      (self.subject, count) = (nil, 0)
      return .nothing
    }
    let isSame = subject == self.subject || ending.delivered.all == 0
    count = isSame ? count + 1 : 1
    self.subject = subject
    if let until, now < until { return alone(subject, ending, at: now) }
    guard count >= Self.limit || until != nil else { return .nothing }
    if until != nil { wait = min(wait * 2, Self.waits.upperBound) }
    until = now + wait
    (self.subject, count) = (nil, 0)
    return .narrowed
  }

  /// The subject was alone in flight.
  private mutating func alone(_ subject: PoisonDetector.Subject, _ ending: Ending, at now: Uptime) -> Finding {
    until = now + wait
    let isMessage = subject != .greeting
    guard count >= (isMessage ? Self.aloneLimit : Self.limit) else { return .nothing }
    if isMessage {
      guard ending.hasAnswered, mayConvict else { return .nothing }
      mayConvict = false
    }
    (self.subject, count) = (nil, 0)
    return .guilty(subject)
  }
}
