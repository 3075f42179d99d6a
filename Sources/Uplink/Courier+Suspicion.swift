import Telemetry

/// When connections break off.
extension Courier {
  /// Without the greeting that the broker cannot stand.
  private static let ungreeted = Duration.seconds(900)

  /// What is to be done about a connection that has ended.
  mutating func suspect(_ connection: Connection, _ cause: CourierNote.Cause, _ now: Uptime) -> [Action] {
    let subject = cause.isBreak && connection.broke(promptly: now) ? connection.suspect : nil
    let first = connection.window.first
    let isKnown = connection.singly > 0 && first?.parcels.first.map { held.isBreaking($0) } ?? false
    switch suspicion.ended(
      at: subject, singly: connection.singly, most: limits.inFlight * limits.batch, isKnown: isKnown)
    {
    case .nothing: return []
    case .suspicious: return [.note(.suspicious)]
    case .guilty(.greeting):
      greetAgainAt = now + Self.ungreeted
      return [.note(.greetingBreaksOff(retryIn: Self.ungreeted))]
    case .guilty(.message):
      guard let parcel = first?.parcels.first else { return [] }
      return convict(parcel, now)
    }
  }

  private mutating func convict(_ parcel: Parcel, _ now: Uptime) -> [Action] {
    if let wait = held.brokeOff(at: parcel, at: now) {
      return [.hold(parcel.number), .note(.breaksOff(stream: parcel.stream, retryIn: wait))]
    }
    // 0x80: unspecified error.
    let refused = CourierNote.Refused(
      stream: parcel.stream, reason: 0x80, meaning: "the connection breaks off whenever it is sent")
    return [.reject(parcel, refused), .note(.rejected(refused))]
  }
}

extension Connection {
  /// What it broke off at, as far as one can tell.
  fileprivate var suspect: Suspicion.Subject? {
    if singly > 0, !isGreeted { return .greeting }
    return window.first.map { .message($0.token) } ?? (isGreeted ? nil : .greeting)
  }

  /// A network that fails is noticed later.
  fileprivate func broke(promptly now: Uptime) -> Bool {
    now - (window.oldest ?? since) < limits.acknowledge / 2
  }
}

extension CourierNote.Cause {
  /// The other side, or the library, may have ended it because of what we sent.
  fileprivate var isBreak: Bool {
    switch self {
    case .noConnection, .noAnswer, .noAcknowledgement: false
    case .failure(.closed), .failure(.library): true
    case .failure(.credentialsReplaced), .failure(.adapted): false
    // Server busy, server shutting down, keep alive timeout, session taken over, administrative action.
    case .failure(.broker(let reason, _)): ![0x89, 0x8B, 0x8D, 0x8E, 0x98].contains(reason)
    }
  }
}
