import Telemetry

/// Something to be delivered, as the spool keeps it: a number that grows, and bytes.
public struct Parcel: Hashable, Sendable {
  public let number: UInt64
  public let record: [UInt8]

  public init(number: UInt64, record: [UInt8]) {
    self.number = number
    self.record = record
  }
}

/// The limits of the way upstream.
public struct CourierLimits: Sendable {
  /// Unacknowledged messages at one time.
  public let inFlight: Int
  /// Name lookup, TCP, TLS and CONNACK together.
  public let connect: Duration
  /// For one acknowledgement.
  public let acknowledge: Duration
  /// The longest wait between two attempts.
  public let retryCeiling: Duration
  /// For the last acknowledgements and the goodbye.
  public let farewell: Duration

  public init(
    inFlight: Int, connect: Duration, acknowledge: Duration, retryCeiling: Duration, farewell: Duration = .seconds(2)
  ) {
    self.inFlight = inFlight
    self.connect = connect
    self.acknowledge = acknowledge
    self.retryCeiling = retryCeiling
    self.farewell = farewell
  }
}

/// Decides how parcels reach the broker: when to connect, what to send, when to give a connection up. A value: events go
/// in, actions come out, and somebody else performs them.
///
/// A parcel is acknowledged to the spool only when the broker has accepted it. When a connection ends, whatever was on
/// its way is fetched and sent again on the next one, in order, with the identity that it has always had.
public struct Courier: Sendable {
  public enum Event: Hashable, Sendable {
    case start
    case transport(TransportEvent)
    /// The answer to the `fetch` with this ticket: the next parcels in order, none when there are none.
    case fetched([Parcel], ticket: UInt64)
    /// Something has come into the spool after a `fetch` that found nothing.
    case arrival
    /// The time asked for by `wake` has come, or an earlier one.
    case timer
    /// Deliver what is on its way, say goodbye, end.
    case stop
  }

  public enum Action: Hashable, Sendable {
    case connect
    case abandon
    case disconnect
    /// Publish the retained state of the device.
    case announce(online: Bool)
    /// Ask the spool for at most `limit` parcels after this number.
    case fetch(after: UInt64?, limit: Int, ticket: UInt64)
    case publish(Parcel)
    /// The broker has it: the spool may forget it.
    case acknowledge(UInt64)
    case note(CourierNote)
    /// All is said and done.
    case finished
  }

  private enum State: Sendable {
    case idle
    case waiting(until: Uptime)
    case connecting(since: Uptime)
    case connected(Connection)
    /// Stopping: the window empties, then goodbye.
    case leaving(Connection, until: Uptime, saidGoodbye: Bool)
    case finished
  }

  private struct Connection: Sendable {
    let since: Uptime
    /// Grows with every connection. An answer that was asked for on an earlier one would leave a hole in the order.
    let ticket: UInt64
    var window: DeliveryWindow
    var last: UInt64?
    var isFetching = false
    var mayHaveMore = true
  }

  private let limits: CourierLimits
  private var backoff: Backoff
  private var state = State.idle
  private var connections: UInt64 = 0

  public init(limits: CourierLimits) {
    self.limits = limits
    backoff = Backoff(ceiling: limits.retryCeiling)
  }

  public var isConnected: Bool {
    if case .connected = state { true } else { false }
  }

  /// How many parcels are on their way.
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
    case .waiting(let until): until
    case .connecting(let since): since + limits.connect
    case .connected(let connection): connection.window.oldest.map { $0 + limits.acknowledge }
    case .leaving(_, let until, _): until
    }
  }

  /// `random` is uniform in 0 ..< 1; it is used for the wait after a failure.
  public mutating func handle(_ event: Event, at now: Uptime, random: @autoclosure () -> Double) -> [Action] {
    switch event {
    case .start: start(now)
    case .transport(.connected(let receiveMaximum)): connected(receiveMaximum, now)
    case .transport(.acknowledged(let token, let answer)): acknowledged(token.value, answer, now, random())
    case .transport(.failed(let failure)): failed(.failure(failure), now, random())
    case .fetched(let parcels, let ticket): fetched(parcels, ticket, now)
    case .arrival: arrival()
    case .timer: timer(now, random())
    case .stop: stop(now)
    }
  }

  private mutating func start(_ now: Uptime) -> [Action] {
    guard case .idle = state else { return [] }
    state = .connecting(since: now)
    return [.connect]
  }

  private mutating func connected(_ receiveMaximum: Int?, _ now: Uptime) -> [Action] {
    guard case .connecting = state else { return [] }
    // One place is kept for the retained state, which is on its way too.
    let capacity = max(1, min(limits.inFlight, receiveMaximum.map { $0 - 1 } ?? .max))
    connections += 1
    var connection = Connection(since: now, ticket: connections, window: DeliveryWindow(capacity: capacity))
    let fetch = refill(&connection)
    state = .connected(connection)
    return [.note(.connected), .announce(online: true)] + fetch
  }

  /// Asks for more when half of the window is free, so that an asking brings many.
  private func refill(_ connection: inout Connection) -> [Action] {
    let window = connection.window
    guard connection.mayHaveMore, !connection.isFetching, window.room * 2 >= window.capacity else { return [] }
    connection.isFetching = true
    return [.fetch(after: connection.last, limit: window.room, ticket: connection.ticket)]
  }

  private mutating func fetched(_ parcels: [Parcel], _ ticket: UInt64, _ now: Uptime) -> [Action] {
    guard case .connected(var connection) = state, connection.ticket == ticket else { return [] }
    connection.isFetching = false
    connection.mayHaveMore = !parcels.isEmpty
    for parcel in parcels {
      connection.window.add(parcel.number, at: now)
      connection.last = parcel.number
    }
    let more = refill(&connection)
    state = .connected(connection)
    return parcels.map { .publish($0) } + more
  }

  private mutating func arrival() -> [Action] {
    guard case .connected(var connection) = state else { return [] }
    connection.mayHaveMore = true
    let fetch = refill(&connection)
    state = .connected(connection)
    return fetch
  }

  private mutating func acknowledged(
    _ number: UInt64, _ answer: Acknowledgement, _ now: Uptime, _ random: Double
  ) -> [Action] {
    switch state {
    case .connected(var connection):
      guard connection.window.remove(number) else { return [] }
      if case .refused(let reason, let meaning) = answer {
        return [.abandon] + failed(.refused(number, reason: reason, meaning: meaning), now, random)
      }
      let more = refill(&connection)
      state = .connected(connection)
      return [.acknowledge(number)] + more
    case .leaving(var connection, let until, let saidGoodbye):
      guard connection.window.remove(number) else { return [] }
      state = .leaving(connection, until: until, saidGoodbye: saidGoodbye)
      let kept: [Action] = answer == .accepted ? [.acknowledge(number)] : []
      return kept + sayGoodbyeIfDone()
    case .idle, .waiting, .connecting, .finished:
      return []
    }
  }

  private mutating func failed(_ cause: CourierNote.Cause, _ now: Uptime, _ random: Double) -> [Action] {
    switch state {
    case .connecting:
      return retry(now, random) { .couldNotConnect(cause, retryIn: $0) }
    case .connected(let connection):
      backoff.connectionLasted(now - connection.since)
      return retry(now, random) { .lostConnection(cause, inFlight: connection.window.count, retryIn: $0) }
    case .leaving:
      return finish()
    case .idle, .waiting, .finished:
      return []
    }
  }

  private mutating func retry(_ now: Uptime, _ random: Double, _ note: (Duration) -> CourierNote) -> [Action] {
    let wait = backoff.next(random: random)
    state = .waiting(until: now + wait)
    return [.note(note(wait))]
  }

  private mutating func timer(_ now: Uptime, _ random: Double) -> [Action] {
    guard let deadline, deadline <= now else { return [] }
    switch state {
    case .idle, .finished:
      return []
    case .waiting:
      state = .connecting(since: now)
      return [.connect]
    case .connecting:
      return [.abandon] + failed(.noAnswer(after: limits.connect), now, random)
    case .connected:
      return [.abandon] + failed(.noAcknowledgement(after: limits.acknowledge), now, random)
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
