import Telemetry

/// The courier's decisions when connections break off, or nothing is answered.
extension Courier {
  /// Examines a connection that has ended, and returns what to do about it.
  mutating func suspect(_ connection: Connection, _ cause: CourierNote.Cause, _ now: Uptime) -> [Action] {
    // A broker that takes nothing has not ended the connection because of a message, and owes no answer.
    guard !connection.isBlocked else { return [] }
    let isPrompt = connection.ended(promptly: now)
    let suspect = cause.isBreak && isPrompt ? connection.suspect : nil
    let actions =
      blame(connection, suspect, now) + search(connection, cause.isSilence && !isPrompt, now)
    // A connection that breaks off at the same message again and again is not ended by another client.
    let isPoison = suspect != nil && poisonDetector.count > 1
    let isEnded = cause.isEndByOther && !isPoison && actions.isEmpty
    let count = flapping.ended(after: now - connection.since, isEnded: isEnded)
    return actions + (count.map { [.note(.flapping(connections: $0, within: flapping.soon))] } ?? [])
  }

  private mutating func blame(_ connection: Connection, _ subject: PoisonDetector.Subject?, _ now: Uptime) -> [Action] {
    let first = connection.window.first
    let isKnown = connection.singly > 0 && first?.parcels.first.map { held.isBreaking($0) } ?? false
    let isTrial = greetingPause.isOnTrial && subject == .greeting
    switch poisonDetector.ended(
      at: subject, singly: connection.singly, most: limits.inFlight * limits.batch, isKnown: isKnown || isTrial)
    {
    case .nothing:
      // A bad network ends connections at any message, including those that were suspected before.
      held.exonerate()
      return []
    case .suspicious: return [.note(.suspicious)]
    case .guilty(.greeting):
      return [.note(.greetingBreaksOff(retryIn: greetingPause.begin(isSilence: false, at: now)))]
    case .guilty(.message):
      return first?.parcels.first.map { convict($0, now) } ?? []
    }
  }

  private mutating func convict(_ parcel: Parcel, _ now: Uptime) -> [Action] {
    switch held.brokeOff(at: parcel, isSilence: false, at: now) {
    case .wait(let wait): return [.hold(parcel.number), .note(.breaksOff(stream: parcel.stream, retryIn: wait))]
    case .divide: return [.divide(parcel)]
    case .giveUp: break
    }
    let refusal = Refusal(.never, meaning: "the connection breaks off whenever it is sent")
    let refused = CourierNote.Refused(stream: parcel.stream, refusal: refusal)
    return [.reject(parcel, refused), .note(.rejected(refused))]
  }

  private mutating func search(_ connection: Connection, _ isSilence: Bool, _ now: Uptime) -> [Action] {
    let subject = isSilence ? connection.unanswered : nil
    if greetingPause.isOnTrial, subject == .greeting { return [greetingUnanswered(now)] }
    let hasAnswered = connection.delivered.all > 0 || connection.greeting == .answered
    let ending = Narrowing.Ending(subject: subject, delivered: connection.delivered, hasAnswered: hasAnswered)
    let finding = narrowing.ended(ending, enough: 2 * limits.inFlight * limits.batch, at: now)
    let notes = finding == .narrowed ? [Action.note(.narrowed)] : []
    let first = connection.window.first?.parcels.first
    // A message that is already held because it was not answered was alone in flight once more.
    if isSilence, hasAnswered, let first, held.isUnanswered(first) { return notes + keep(first, now) }
    switch finding {
    case .nothing, .narrowed: return notes
    case .guilty(.greeting): return [greetingUnanswered(now)]
    case .guilty(.message):
      return first.map { keep($0, now) } ?? []
    }
  }

  /// Holds a message that was not answered. The network may be to blame, so it is never given up.
  private mutating func keep(_ parcel: Parcel, _ now: Uptime) -> [Action] {
    switch held.brokeOff(at: parcel, isSilence: true, at: now) {
    case .wait(let wait): [.hold(parcel.number), .note(.unanswered(stream: parcel.stream, retryIn: wait))]
    case .divide: [.divide(parcel)]
    case .giveUp: []
    }
  }

  private mutating func greetingUnanswered(_ now: Uptime) -> Action {
    .note(.greetingUnanswered(retryIn: greetingPause.begin(isSilence: true, at: now)))
  }
}

extension Connection {
  /// The message that the connection broke off at, as far as one can tell.
  fileprivate var suspect: PoisonDetector.Subject? {
    if singly > 0, window.first == nil, case .awaited = greeting { return .greeting }
    return window.first.map { .message($0.token) } ?? (isGreetingOpen ? .greeting : nil)
  }

  /// The messages that have not been answered. The greeting was sent first, and nothing sent after it can arrive
  /// before it.
  fileprivate var unanswered: PoisonDetector.Subject? {
    isGreetingOpen && delivered.all == 0 ? .greeting : window.first.map { .message($0.token) }
  }

  private var isGreetingOpen: Bool {
    switch greeting {
    case .awaited, .late: true
    case .none, .answered: false
    }
  }

  /// The connection ended soon after the oldest unanswered message was sent. A network failure is noticed later.
  fileprivate func ended(promptly now: Uptime) -> Bool {
    now - (window.oldest ?? since) < limits.acknowledge / 2
  }
}

extension CourierNote.Cause {
  /// The kind of failure that the transport has reported; nil: the courier itself has given the connection up.
  var kind: LinkFailure.Kind? { if case .failure(let failure) = self { failure.kind } else { nil } }

  /// The other side, or the library, may have ended the connection because of what we sent.
  fileprivate var isBreak: Bool {
    switch kind {
    case .closed, .broken, .refused, .denied: true
    case .planned, .busy, .takenOver, .adapted, .stranger, nil: false
    }
  }

  /// Nothing was heard: the courier, or the kernel, has given the connection up.
  fileprivate var isSilence: Bool {
    if case .noAcknowledgement = self { true } else { kind == .broken }
  }

  /// The other side has ended the connection, and its reason does not rule out another client under our name.
  fileprivate var isEndByOther: Bool {
    switch kind {
    case .closed, .broken, .takenOver: true
    case .planned, .refused, .denied, .busy, .adapted, .stranger, nil: false
    }
  }
}
