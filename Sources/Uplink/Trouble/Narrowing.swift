import Telemetry

/// What to do when nothing is acknowledged although the connection stands. There are paths on which small packets pass and
/// large ones vanish: a tunnel with a smaller MTU, behind a filter that drops the ICMP messages which would say so.
///
/// After two connections in a row that ended in silence, messages go one at a time, with one reading in each, for some
/// minutes. Then they go as usual again, and if that ends in silence they go one at a time for twice as long. What is not
/// answered even when it is alone on its way, while the broker answers to other messages, is guilty.
struct Narrowing: Sendable {
  enum Finding: Hashable, Sendable {
    case nothing
    /// From now on one at a time.
    case narrowed
    case guilty(PoisonDetector.Subject)
  }

  /// How a connection ended.
  struct Ending: Sendable {
    /// What was not answered; nil: the connection did not end in silence.
    let subject: PoisonDetector.Subject?
    /// Parcels that were.
    let delivered: Connection.Delivered
    /// The broker has answered to something on this connection, were it only the device's state.
    let hasAnswered: Bool
  }

  /// Connections in a row.
  private static let limit = 2
  /// The same, before one message waits for its silence: a network that is only bad shall not change the order.
  private static let aloneLimit = 3
  private static let waits = Duration.seconds(300)...(.seconds(3_600))

  private var subject: PoisonDetector.Subject?
  private var count = 0
  private var wait = waits.lowerBound
  /// Something was delivered since a message was found guilty. Otherwise it is the network, and the next one would be as
  /// guilty.
  private var mayConvict = true
  /// Messages go one at a time until then. In the past: whether they may go as usual is being tried.
  private(set) var until: Uptime?

  /// `enough`: so many parcels, delivered as usual, show that the path takes them.
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

  /// It was alone on its way.
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
