import Telemetry

/// How connections begin and end.
extension Courier {
  mutating func start(_ now: Uptime) -> [Action] {
    guard case .idle = state else { return [] }
    return connect(now)
  }

  mutating func connect(_ now: Uptime) -> [Action] {
    state = .connecting(since: now, .lookingUp)
    return [.connect(broker: broker)]
  }

  mutating func dial(_ dial: Dial) -> [Action] {
    if case .connecting(let since, _) = state { state = .connecting(since: since, dial) }
    return []
  }

  /// The broker has accepted us, so that an attempt with another broker would gain nothing.
  mutating func unprepared(_ why: String, _ now: Uptime) -> [Action] {
    guard case .connecting(let since, let dial) = state else { return [] }
    if case .unprepared(why) = dial { return [] }
    state = .connecting(since: since, .unprepared(why: why))
    return [.note(.unprepared(why, broker: broker))]
  }

  mutating func failed(_ cause: CourierNote.Cause, _ now: Uptime, _ random: Double) -> [Action] {
    switch state {
    case .connecting:
      if cause.kind == .denied { backoff.goToCeiling() }
      let failed = broker
      broker = (broker + 1) % max(1, limits.brokers)
      // The next broker is tried at once; after the last one there is a wait.
      let wait = retry(now, broker == 0 ? backoff.next(random: random) : .zero, mayHurry: cause.kind != .denied)
      return [.note(.couldNotConnect(cause, broker: failed, retryIn: wait))]
    case .connected(let connection):
      backoff.connectionLasted(now - connection.since)
      var wait = backoff.next(random: random)
      let isWar = cause.kind == .takenOver && takenOverAt.map { now - $0 < Self.truce * 10 } ?? false
      if isWar { wait = Self.truce * (1 + random) }
      if cause.kind == .takenOver { takenOverAt = now }
      progress.disconnected(at: now)
      let findings = suspect(connection, cause, now)
      let lost = broker
      broker = 0
      _ = retry(now, wait, mayHurry: !isWar)
      let count = connection.window.count
      return [.note(.lostConnection(cause, broker: lost, inFlight: count, retryIn: wait))] + findings
    case .leaving:
      return finish()
    case .idle, .waiting, .finished:
      return []
    }
  }

  mutating func retry(_ now: Uptime, _ wait: Duration, mayHurry: Bool) -> Duration {
    state = .waiting(until: now + wait, mayHurry: mayHurry)
    return wait
  }

  /// The kernel sends many messages about one link, so the attempts are limited.
  mutating func linkUp(_ now: Uptime) -> [Action] {
    guard case .waiting(_, mayHurry: true) = state else { return [] }
    if let hurriedAt, now - hurriedAt < Self.hurryAtMost { return [] }
    hurriedAt = now
    return connect(now)
  }

  mutating func timer(_ now: Uptime, _ random: Double) -> [Action] {
    guard let deadline, deadline <= now else { return [] }
    switch state {
    case .idle, .finished:
      return []
    case .waiting:
      return connect(now)
    case .connecting(_, .dialling(let begin, let way)) where begin < deadline:
      return [.abandon] + failed(.noConnection(way: way, after: deadline - begin), now, random)
    case .connecting:
      return [.abandon] + failed(.noAnswer(after: limits.connect), now, random)
    case .connected(let connection) where connection.isOverdue(at: now):
      return [.abandon] + failed(.noAcknowledgement(after: limits.acknowledge), now, random)
    case .connected(var connection):
      guard greetingPause.ends(at: now) else { return goOn(connection, now) }
      connection.greet(at: now)
      return [.announce(online: true)] + goOn(connection, now)
    case .leaving:
      return [.abandon] + finish()
    }
  }

  mutating func stop(_ now: Uptime) -> [Action] {
    switch state {
    case .idle, .waiting:
      return finish()
    case .connecting:
      return [.abandon] + finish()
    case .connected(var connection):
      let last = connection.askForTheLast(at: now)
      return last + leave(connection, until: now + limits.farewell, now)
    case .leaving, .finished:
      return []
    }
  }

  /// Sends what has been fetched, and disconnects when that is answered.
  mutating func leave(_ connection: Connection, until: Uptime, _ now: Uptime) -> [Action] {
    var connection = connection
    let sent = connection.finishSending(at: now)
    state = .leaving(connection, until: until, saidGoodbye: false)
    return sent + sayGoodbyeIfDone()
  }

  private mutating func sayGoodbyeIfDone() -> [Action] {
    guard case .leaving(let connection, let until, false) = state, connection.isEmpty else { return [] }
    state = .leaving(connection, until: until, saidGoodbye: true)
    return [.announce(online: false), .disconnect]
  }

  mutating func finish() -> [Action] {
    state = .finished
    return [.finished]
  }
}
