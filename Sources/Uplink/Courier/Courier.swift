import Telemetry

/// Decides how parcels reach the broker: when to connect, what to send, when to give a connection up. A value: it turns
/// events into actions, and the dispatcher performs them.
///
/// A parcel is acknowledged to the spool only when the broker has accepted it. When a connection ends, whatever was in
/// flight is fetched and sent again on the next one, in order, with the identity that it has always had. After every
/// connection the first of several brokers is tried first, then the others in turn when one cannot be reached.
package struct Courier: Sendable {
  package enum Event: Hashable, Sendable {
    case start
    case transport(TransportEvent)
    /// The answer to the `fetch` or `fetchHeld` with this ticket: the next parcels; empty if there are none.
    /// `isCutShort`: there are more held parcels, which cannot be read at the moment.
    case fetched([Parcel], ticket: UInt64, isCutShort: Bool = false)
    /// The broker has answered everything that `announce(online: true)` sent.
    case greeted
    /// The spool has taken a record after a `fetch` that found nothing.
    case arrival
    /// The spool has taken an urgent record, whatever the last `fetch` found.
    case urgentArrival
    /// A network link has come up.
    case linkUp
    /// The time given by `deadline` has come, or an earlier one.
    case timer
    /// Deliver what is in flight and what was gathered, disconnect, and end.
    case stop
  }

  package enum Action: Hashable, Sendable {
    case connect(broker: Int)
    case abandon
    case disconnect
    /// Publish the state of the device. When it comes online, also ask for its commands.
    case announce(online: Bool)
    /// Ask the spool for at most `limit` parcels after this number; `anew` says that nothing is in flight.
    case fetch(after: UInt64?, limit: Int, anew: Bool, ticket: UInt64)
    /// Ask the spool for held parcels, from this number on.
    case fetchHeld(from: UInt64, limit: Int, ticket: UInt64)
    case publish(Shipment)
    /// The broker has accepted the parcel: the spool may forget it.
    case acknowledge(UInt64)
    /// Hold the parcel until `fetchHeld`.
    case hold(UInt64)
    /// The broker will never accept the parcel: make it a dead letter, and report that.
    case reject(Parcel, CourierNote.Refused)
    /// This gap is larger than the broker takes: replace it by several smaller ones.
    case divide(Parcel)
    /// The record is unreadable: give it up, and report that.
    case discard(Parcel, MalformedReport)
    case note(CourierNote)
    /// The courier has ended.
    case finished
  }

  enum State: Sendable {
    case idle
    /// `mayHurry`: a link that comes up ends the wait.
    case waiting(until: Uptime, mayHurry: Bool)
    case connecting(since: Uptime, Dial)
    case connected(Connection)
    /// Stopping: send what has been fetched, wait for the acknowledgements, then disconnect.
    case leaving(Connection, until: Uptime, saidGoodbye: Bool)
    case finished
  }

  enum Dial: Sendable {
    /// The name server has its own limits, and the transport handles no events meanwhile.
    case lookingUp
    case dialling(since: Uptime, way: String)
    case dialled
    /// The broker lacks the place that we publish to. The transport tries again, so there is no deadline.
    case unprepared(why: String)
  }

  /// Two devices with the same client id would throw each other out for ever.
  static let truce = Duration.seconds(60)
  static let hurryAtMost = Duration.seconds(1)

  let limits: CourierLimits
  var backoff: Backoff
  /// Back-off for messages that were refused for now.
  var refusals: Backoff
  var state = State.idle
  var connections: UInt64 = 0
  var held = HeldStreams()
  var poisonDetector = PoisonDetector()
  var narrowing = Narrowing()
  var greetingPause = GreetingPause()
  var flapping: Flapping
  var progress = Progress()
  /// Index of the broker that is being tried, or used.
  var broker = 0
  var takenOverAt: Uptime?
  var hurriedAt: Uptime?

  package init(limits: CourierLimits) {
    self.limits = limits
    backoff = Backoff(ceiling: limits.retryCeiling, slot: limits.slot)
    refusals = Backoff(ceiling: max(limits.retryCeiling, .seconds(60)), slot: limits.slot)
    flapping = Flapping(retryCeiling: limits.retryCeiling)
  }

  package var isConnected: Bool {
    if case .connected = state { true } else { false }
  }

  /// Whether the device's state is published on this connection.
  package var isAnnounced: Bool {
    if case .connected = state { greetingPause.until == nil } else { false }
  }

  /// Whether everything in the spool, as far as known, has been delivered.
  package var isDrained: Bool {
    if case .connected(let connection) = state { connection.isDrained } else { false }
  }

  /// How long the broker has answered nothing although something was in flight.
  package func lacksProgress(at now: Uptime) -> Duration { progress.lacking(at: now) }

  /// How many messages are in flight.
  package var inFlight: Int {
    switch state {
    case .connected(let connection), .leaving(let connection, _, _): connection.window.count
    default: 0
    }
  }

  /// When `timer` is needed next; nil while only an event can change anything.
  package var deadline: Uptime? {
    switch state {
    case .idle, .finished: nil
    case .waiting(let until, _): until
    case .connecting(let since, .dialling(let begin, _)): min(begin + limits.dial, since + limits.connect)
    case .connecting(_, .unprepared): nil
    case .connecting(let since, _): since + limits.connect
    case .connected(let connection):
      [connection.deadline(heldUntil: held.until), greetingPause.until].compactMap { $0 }.min()
    case .leaving(_, let until, _): until
    }
  }

  /// `random` is uniform in 0 ..< 1; it is used for the wait after a failure.
  package mutating func handle(_ event: Event, at now: Uptime, random: @autoclosure () -> Double) -> [Action] {
    let actions = decide(event, at: now, random: random())
    if actions.contains(where: { if case .publish = $0 { true } else { false } }) { progress.sent(at: now) }
    return actions
  }

  private mutating func decide(_ event: Event, at now: Uptime, random: @autoclosure () -> Double) -> [Action] {
    switch event {
    case .start: start(now)
    case .transport(.dialling(let way)): dial(.dialling(since: now, way: way))
    case .transport(.dialled): dial(.dialled)
    case .transport(.unprepared(let why)): unprepared(why, now)
    case .transport(.connected(let capabilities)): connected(capabilities, now)
    case .transport(.acknowledged(.records(let token), .accepted)): accepted(token, now)
    case .transport(.acknowledged(.records(let token), .refused(let refusal))): refused(token, refusal, now, random())
    case .transport(.acknowledged(.state, _)), .transport(.acknowledged(.answer, _)): []
    case .transport(.received), .transport(.listening), .transport(.notListening): []
    case .transport(.blocked(let why)): blocked(why, now)
    case .transport(.unblocked): unblocked(now)
    case .transport(.adapted(let how)): [.note(.adapted(how, broker: broker))]
    case .transport(.failed(let failure)): failed(.failure(failure), now, random())
    case .greeted: greeted(now)
    case .fetched(let parcels, let ticket, let isCutShort): fetched(parcels, ticket, now, isCutShort: isCutShort)
    case .arrival: arrival(now)
    case .urgentArrival: urgentArrival(now)
    case .linkUp: linkUp(now)
    case .timer: timer(now, random())
    case .stop: stop(now)
    }
  }
}
