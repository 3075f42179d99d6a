import Telemetry

/// Decides how parcels reach the broker: when to connect, what to send, when to give a connection up. A value: events go
/// in, actions come out, and somebody else performs them.
///
/// A parcel is acknowledged to the spool only when the broker has accepted it. When a connection ends, whatever was on
/// its way is fetched and sent again on the next one, in order, with the identity that it has always had. Of several
/// brokers the first is tried first after every connection, the others in turn when one cannot be reached.
public struct Courier: Sendable {
  public enum Event: Hashable, Sendable {
    case start
    case transport(TransportEvent)
    /// The answer to the `fetch` or `fetchHeld` with this ticket: the next parcels, none when there are none.
    case fetched([Parcel], ticket: UInt64)
    /// Something has come into the spool after a `fetch` that found nothing.
    case arrival
    /// A network link has come up.
    case linkUp
    /// The time asked for by `wake` has come, or an earlier one.
    case timer
    /// Deliver what is on its way, say goodbye, end.
    case stop
  }

  public enum Action: Hashable, Sendable {
    case connect(broker: Int)
    case abandon
    case disconnect
    /// Publish the retained state of the device.
    case announce(online: Bool)
    /// Ask the spool for at most `limit` parcels after this number; `anew` tells it that nothing is on its way.
    case fetch(after: UInt64?, limit: Int, anew: Bool, ticket: UInt64)
    /// Ask the spool for parcels that it was told to hold.
    case fetchHeld(limit: Int, ticket: UInt64)
    case publish(Shipment)
    /// The broker has it: the spool may forget it.
    case acknowledge(UInt64)
    /// Keep it back until `fetchHeld`.
    case hold(UInt64)
    /// It will never be accepted: set it aside, and tell of it.
    case reject(Parcel, CourierNote.Refused)
    /// Nobody can read it.
    case discard(UInt64, MalformedReport)
    case note(CourierNote)
    /// All is said and done.
    case finished
  }

  private enum State: Sendable {
    case idle
    /// `mayHurry`: a link that comes up ends the wait.
    case waiting(until: Uptime, mayHurry: Bool)
    case connecting(since: Uptime, isDialled: Bool)
    case connected(Connection)
    /// Stopping: the window empties, then goodbye.
    case leaving(Connection, until: Uptime, saidGoodbye: Bool)
    case finished
  }

  /// Two devices with one client id throw each other out for ever.
  private static let truce = Duration.seconds(60)
  private static let hurryAtMost = Duration.seconds(1)

  private let limits: CourierLimits
  private var backoff: Backoff
  /// For messages that were refused for now.
  private var refusals: Backoff
  private var state = State.idle
  private var connections: UInt64 = 0
  private var held = Held()
  /// The one of the brokers that is tried, or used.
  private var broker = 0
  private var takenOverAt: Uptime?
  private var hurriedAt: Uptime?

  public init(limits: CourierLimits) {
    self.limits = limits
    backoff = Backoff(ceiling: limits.retryCeiling, slot: limits.slot)
    refusals = Backoff(ceiling: max(limits.retryCeiling, .seconds(60)), slot: limits.slot)
  }

  public var isConnected: Bool {
    if case .connected = state { true } else { false }
  }

  /// How many messages are on their way.
  public var inFlight: Int {
    switch state {
    case .connected(let connection), .leaving(let connection, _, _): connection.window.count
    default: 0
    }
  }

  /// When `timer` is needed next; nil while only an event can change anything.
  public var deadline: Uptime? {
    switch state {
    case .idle, .finished: nil
    case .waiting(let until, _): until
    case .connecting(let since, let isDialled): since + (isDialled ? limits.connect : min(limits.dial, limits.connect))
    case .connected(let connection): connection.deadline(heldUntil: held.until)
    case .leaving(_, let until, _): until
    }
  }

  /// `random` is uniform in 0 ..< 1; it is used for the wait after a failure.
  public mutating func handle(_ event: Event, at now: Uptime, random: @autoclosure () -> Double) -> [Action] {
    switch event {
    case .start: start(now)
    case .transport(.dialled): dialled()
    case .transport(.connected(let receiveMaximum, let maximumPacket)): connected(receiveMaximum, maximumPacket, now)
    case .transport(.acknowledged(let token, .accepted)): accepted(token.value, now)
    case .transport(.acknowledged(let token, .refused(let reason, let meaning))):
      refused(token.value, reason, meaning, now, random())
    case .transport(.received), .transport(.subscribed), .transport(.notSubscribed): []
    case .transport(.failed(let failure)): failed(.failure(failure), now, random())
    case .fetched(let parcels, let ticket): fetched(parcels, ticket, now)
    case .arrival: arrival(now)
    case .linkUp: linkUp(now)
    case .timer: timer(now, random())
    case .stop: stop(now)
    }
  }
}

// MARK: Connected

extension Courier {
  private mutating func connected(_ receiveMaximum: Int?, _ maximumPacket: Int?, _ now: Uptime) -> [Action] {
    guard case .connecting = state else { return [] }
    // One place is kept for the retained state, which is on its way too.
    let capacity = max(1, min(limits.inFlight, receiveMaximum.map { $0 - 1 } ?? .max))
    connections += 1
    held.connected(at: now)
    var connection = Connection(
      since: now, ticket: connections, capacity: capacity, maximumPacket: maximumPacket, limits: limits)
    let fetch = connection.goOn(held, at: now)
    state = .connected(connection)
    return [.note(.connected(broker: broker)), .announce(online: true)] + fetch
  }

  private mutating func fetched(_ parcels: [Parcel], _ ticket: UInt64, _ now: Uptime) -> [Action] {
    guard case .connected(var connection) = state, connection.ticket == ticket else { return [] }
    let actions = connection.fetched(parcels, &held, at: now)
    return actions + goOn(connection, now)
  }

  private mutating func goOn(_ connection: Connection, _ now: Uptime) -> [Action] {
    var connection = connection
    let more = connection.goOn(held, at: now)
    state = .connected(connection)
    return more
  }

  private mutating func arrival(_ now: Uptime) -> [Action] {
    guard case .connected(var connection) = state else { return [] }
    connection.arrival(at: now)
    return goOn(connection, now)
  }

  private mutating func accepted(_ token: UInt64, _ now: Uptime) -> [Action] {
    switch state {
    case .connected(var connection):
      guard let (shipment, wasHeld) = connection.answered(token) else { return [] }
      refusals.reset()
      if wasHeld { held.accepted(at: now) }
      return shipment.numbers.map { .acknowledge($0) } + goOn(connection, now)
    case .leaving(var connection, let until, let saidGoodbye):
      guard let (shipment, _) = connection.answered(token) else { return [] }
      state = .leaving(connection, until: until, saidGoodbye: saidGoodbye)
      return shipment.numbers.map { .acknowledge($0) } + sayGoodbyeIfDone()
    case .idle, .waiting, .connecting, .finished:
      return []
    }
  }

  private mutating func refused(
    _ token: UInt64, _ reason: UInt8, _ meaning: String, _ now: Uptime, _ random: Double
  ) -> [Action] {
    switch state {
    case .connected(var connection):
      guard let (shipment, wasHeld) = connection.answered(token) else { return [] }
      let stream = shipment.reports.first?.identity.sensor ?? ""
      let refused = CourierNote.Refused(stream: stream, reason: reason, meaning: meaning)
      let actions = judge(shipment, refused, wasHeld, &connection, now, random)
      return actions + goOn(connection, now)
    case .leaving(var connection, let until, let saidGoodbye):
      // It stays in the spool.
      guard connection.answered(token) != nil else { return [] }
      state = .leaving(connection, until: until, saidGoodbye: saidGoodbye)
      return sayGoodbyeIfDone()
    case .idle, .waiting, .connecting, .finished:
      return []
    }
  }

  private mutating func judge(
    _ shipment: Shipment, _ refused: CourierNote.Refused, _ wasHeld: Bool, _ connection: inout Connection,
    _ now: Uptime,
    _ random: Double
  ) -> [Action] {
    switch Verdict(reason: refused.reason) {
    case .never where shipment.parcels.count > 1:
      return connection.publishSingly(shipment, at: now)
    case .never:
      return shipment.parcels.map { .reject($0, refused) } + [.note(.rejected(refused))]
    case .denied where held.count < Held.limit:
      let wait = held.add(shipment.parcels.count, wasProbe: wasHeld, at: now)
      return shipment.numbers.map { .hold($0) } + [.note(.denied(refused, retryIn: wait))]
    case .denied, .later:
      let wait = refusals.next(random: random)
      connection.rest(until: now + wait)
      return [.note(.postponed(refused, retryIn: wait))]
    }
  }
}

// MARK: Coming and going

extension Courier {
  private mutating func start(_ now: Uptime) -> [Action] {
    guard case .idle = state else { return [] }
    return connect(now)
  }

  private mutating func connect(_ now: Uptime) -> [Action] {
    state = .connecting(since: now, isDialled: false)
    return [.connect(broker: broker)]
  }

  private mutating func dialled() -> [Action] {
    if case .connecting(let since, _) = state { state = .connecting(since: since, isDialled: true) }
    return []
  }

  private mutating func failed(_ cause: CourierNote.Cause, _ now: Uptime, _ random: Double) -> [Action] {
    switch state {
    case .connecting:
      if cause.needsPerson { backoff.goToCeiling() }
      let failed = broker
      broker = (broker + 1) % max(1, limits.brokers)
      // The next one of the brokers is tried at once; after the last one there is a wait.
      let wait = retry(now, broker == 0 ? backoff.next(random: random) : .zero, mayHurry: !cause.needsPerson)
      return [.note(.couldNotConnect(cause, broker: failed, retryIn: wait))]
    case .connected(let connection):
      backoff.connectionLasted(now - connection.since)
      var wait = backoff.next(random: random)
      let isWar = cause.isTakeover && takenOverAt.map { now - $0 < Self.truce * 10 } ?? false
      if isWar { wait = Self.truce * (1 + random) }
      if cause.isTakeover { takenOverAt = now }
      let lost = broker
      broker = 0
      _ = retry(now, wait, mayHurry: !isWar)
      let count = connection.window.count
      return [.note(.lostConnection(cause, broker: lost, inFlight: count, retryIn: wait))]
    case .leaving:
      return finish()
    case .idle, .waiting, .finished:
      return []
    }
  }

  private mutating func retry(_ now: Uptime, _ wait: Duration, mayHurry: Bool) -> Duration {
    state = .waiting(until: now + wait, mayHurry: mayHurry)
    return wait
  }

  /// Many messages of the kernel belong to one link.
  private mutating func linkUp(_ now: Uptime) -> [Action] {
    guard case .waiting(_, mayHurry: true) = state else { return [] }
    if let hurriedAt, now - hurriedAt < Self.hurryAtMost { return [] }
    hurriedAt = now
    return connect(now)
  }

  private mutating func timer(_ now: Uptime, _ random: Double) -> [Action] {
    guard let deadline, deadline <= now else { return [] }
    switch state {
    case .idle, .finished:
      return []
    case .waiting:
      return connect(now)
    case .connecting(_, isDialled: false):
      return [.abandon] + failed(.noConnection(after: min(limits.dial, limits.connect)), now, random)
    case .connecting:
      return [.abandon] + failed(.noAnswer(after: limits.connect), now, random)
    case .connected(let connection) where connection.isOverdue(at: now):
      return [.abandon] + failed(.noAcknowledgement(after: limits.acknowledge), now, random)
    case .connected(let connection):
      return goOn(connection, now)
    case .leaving:
      return [.abandon] + finish()
    }
  }

  private mutating func stop(_ now: Uptime) -> [Action] {
    switch state {
    case .idle, .waiting:
      return finish()
    case .connecting:
      return [.abandon] + finish()
    case .connected(let connection):
      state = .leaving(connection, until: now + limits.farewell, saidGoodbye: false)
      return sayGoodbyeIfDone()
    case .leaving, .finished:
      return []
    }
  }

  private mutating func sayGoodbyeIfDone() -> [Action] {
    guard case .leaving(let connection, let until, false) = state, connection.window.isEmpty else { return [] }
    state = .leaving(connection, until: until, saidGoodbye: true)
    return [.announce(online: false), .disconnect]
  }

  private mutating func finish() -> [Action] {
    state = .finished
    return [.finished]
  }
}

extension CourierNote.Cause {
  /// The broker knows us and does not want us: waiting alone will hardly help. Reasons of MQTT 5 and codes of 3.1.1.
  fileprivate var needsPerson: Bool {
    guard case .failure(.broker(let reason, _)) = self else { return false }
    return [0x85, 0x86, 0x87, 0x8A, 0x8C, 2, 4, 5].contains(reason)
  }

  /// Someone else has connected with our client id.
  fileprivate var isTakeover: Bool {
    if case .failure(.broker(reason: 0x8E, _)) = self { true } else { false }
  }
}
