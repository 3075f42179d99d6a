import Telemetry
import Uplink

/// History of the connection, from the courier's notes. It is kept on the main loop, so that it is known even while the
/// uplink's thread looks up a name, or hangs.
struct UplinkHistory: Sendable {
  enum State: Hashable, Sendable {
    case connecting
    /// Waiting for the next attempt.
    case waiting(until: Uptime)
    case connected
  }

  /// Since when the uplink has been connected, or not connected.
  private(set) var since: Stamp
  private(set) var isConnected = false
  /// Index of the broker that was tried last.
  private(set) var broker = 0
  private(set) var connections: UInt64 = 0
  private(set) var lastError: (text: String, at: Stamp)?
  /// Why the broker takes nothing, and since when; nil: it does.
  private(set) var blocked: (why: String, since: Stamp)?
  /// Number of messages that the broker will never take.
  private(set) var deadLetters: UInt64 = 0
  private var retryAt: Uptime?
  /// The last `connections` connections have all ended within this time.
  private var flapping: (connections: Int, within: Duration)?

  init(startedAt: Stamp) { since = startedAt }

  func state(at now: Uptime) -> State {
    if isConnected { return .connected }
    return retryAt.flatMap { $0 > now ? .waiting(until: $0) : nil } ?? .connecting
  }

  /// How many connections in a row have ended soon after their start, and how soon; nil once the present one has lasted
  /// longer.
  func flaps(at now: Uptime) -> (connections: Int, within: Duration)? {
    guard let flapping, !(isConnected && now - since.uptime >= flapping.within) else { return nil }
    return flapping
  }

  mutating func heard(_ note: CourierNote, at now: Stamp) {
    switch note {
    case .connected(let broker):
      (isConnected, since, retryAt, blocked) = (true, now, nil, nil)
      self.broker = broker
      connections += 1
    case .couldNotConnect(let cause, let broker, let wait):
      failed(cause, broker, wait, now)
    case .lostConnection(let cause, let broker, _, let wait):
      flapping = flaps(at: now.uptime)
      failed(cause, broker, wait, now)
    case .postponed(let refused, _), .denied(let refused, _), .stateRefused(let refused), .gapRefused(let refused, _):
      lastError = ("\(refused)", now)
    case .rejected(let refused):
      lastError = ("\(refused)", now)
      deadLetters += 1
    case .breaksOff(let stream, _): lastError = ("the connection breaks off at a message of \(stream)", now)
    case .greetingBreaksOff: lastError = ("the connection breaks off at our state or subscriptions", now)
    case .unanswered(let stream, _): lastError = ("no answer to a message of \(stream)", now)
    case .greetingUnanswered: lastError = ("no answer to our state or subscriptions", now)
    case .flapping(let connections, let within): flapping = (connections, within)
    case .adapted(let how, _): lastError = (how, now)
    case .unprepared(let why, _): lastError = (why, now)
    case .blocked(let why, _):
      blocked = (why, now)
      lastError = ("the broker takes nothing: \(why)", now)
    case .unblocked: blocked = nil
    case .suspicious, .unacknowledged, .stateNotKept, .narrowed: break
    }
  }

  /// The uplink was replaced by one with other settings, which begins with its first broker. A connection that we end
  /// ourselves produces no note.
  mutating func replaced(at now: Stamp) {
    if isConnected { (isConnected, since) = (false, now) }
    (broker, retryAt, flapping, blocked) = (0, nil, nil, nil)
  }

  private mutating func failed(_ cause: CourierNote.Cause, _ broker: Int, _ wait: Duration, _ now: Stamp) {
    if isConnected { (isConnected, since) = (false, now) }
    self.broker = broker
    if !cause.isPlanned { lastError = ("\(cause)", now) }
    (retryAt, blocked) = (now.uptime + wait, nil)
  }
}

extension CourierNote.Cause {
  /// Whether the disconnect was planned and needs no explanation.
  fileprivate var isPlanned: Bool { if case .failure(let failure) = self { failure.kind == .planned } else { false } }
}
