import Telemetry

/// The courier's decisions while there is a connection.
extension Courier {
  mutating func connected(_ broker: Capabilities, _ now: Uptime) -> [Action] {
    guard case .connecting = state else { return [] }
    // One place in the window is reserved for the state.
    let capacity = max(1, min(limits.inFlight, broker.window.map { $0 - 1 } ?? .max))
    connections += 1
    held.connected(at: now)
    _ = greetingPause.ends(at: now)
    let greets = greetingPause.until == nil
    var connection = Connection(
      since: now, ticket: connections, capacity: capacity, largestPayload: broker.largestPayload, limits: limits,
      singly: poisonDetector.singly, narrowUntil: narrowing.until, greets: greets)
    if greetingPause.isOnTrial { connection.greet(at: now) }
    let fetch = connection.goOn(&held, at: now)
    state = .connected(connection)
    let index = self.broker
    let notes =
      [CourierNote.connected(broker: index)] + (broker.isAcknowledging ? [] : [.unacknowledged(broker: index)])
    let keeping = broker.keepsState ? [] : [CourierNote.stateNotKept(broker: index)]
    return (notes + keeping).map { .note($0) } + (greets ? [.announce(online: true)] : []) + fetch
  }

  mutating func greeted(_ now: Uptime) -> [Action] {
    guard case .connected(var connection) = state else { return [] }
    connection.greeted()
    greetingPause.answered()
    return goOn(connection, now)
  }

  mutating func fetched(_ parcels: [Parcel], _ ticket: UInt64, _ now: Uptime, isCutShort: Bool) -> [Action] {
    switch state {
    case .connected(var connection) where connection.ticket == ticket:
      let actions = connection.fetched(parcels, &held, at: now, isCutShort: isCutShort)
      return actions + goOn(connection, now)
    case .leaving(var connection, let until, false) where connection.ticket == ticket:
      let actions = connection.fetched(parcels, &held, at: now, isCutShort: isCutShort)
      return actions + leave(connection, until: until, now)
    case .idle, .waiting, .connecting, .connected, .leaving, .finished:
      return []
    }
  }

  mutating func blocked(_ why: String, _ now: Uptime) -> [Action] {
    guard case .connected(var connection) = state, !connection.isBlocked else { return [] }
    connection.block()
    state = .connected(connection)
    return [.note(.blocked(why, broker: broker))]
  }

  mutating func unblocked(_ now: Uptime) -> [Action] {
    guard case .connected(var connection) = state, connection.isBlocked else { return [] }
    connection.unblock(at: now)
    return [.note(.unblocked(broker: broker))] + goOn(connection, now)
  }

  mutating func goOn(_ connection: Connection, _ now: Uptime) -> [Action] {
    var connection = connection
    let more = connection.goOn(&held, at: now)
    state = .connected(connection)
    return more
  }

  mutating func arrival(_ now: Uptime) -> [Action] {
    guard case .connected(var connection) = state else { return [] }
    connection.arrival(at: now)
    return goOn(connection, now)
  }

  mutating func urgentArrival(_ now: Uptime) -> [Action] {
    guard case .connected(var connection) = state else { return [] }
    connection.urgentArrival()
    return goOn(connection, now)
  }

  mutating func accepted(_ token: UInt64, _ now: Uptime) -> [Action] {
    switch state {
    case .connected(var connection):
      guard let (shipment, wasHeld) = connection.answered(token, at: now) else { return [] }
      refusals.reset()
      progress.answered(isIdle: connection.window.isEmpty, at: now)
      if wasHeld, let parcel = shipment.parcels.first { held.accepted(parcel, at: now) }
      for parcel in shipment.parcels { held.passed(parcel) }
      return shipment.numbers.map { .acknowledge($0) } + goOn(connection, now)
    case .leaving(var connection, let until, false):
      guard let (shipment, _) = connection.answered(token, at: now) else { return [] }
      return shipment.numbers.map { .acknowledge($0) } + leave(connection, until: until, now)
    case .idle, .waiting, .connecting, .leaving, .finished:
      return []
    }
  }

  mutating func refused(_ token: UInt64, _ refusal: Refusal, _ now: Uptime, _ random: Double) -> [Action] {
    switch state {
    case .connected(var connection):
      guard let (shipment, wasHeld) = connection.answered(token, at: now) else { return [] }
      let refused = CourierNote.Refused(stream: shipment.stream, refusal: refusal)
      let actions = judge(shipment, refused, wasHeld, &connection, now, random)
      return actions + goOn(connection, now)
    case .leaving(var connection, let until, false):
      // The message stays in the spool, and so do those that were to follow it.
      guard connection.answered(token, at: now) != nil else { return [] }
      connection.rest(until: until)
      return leave(connection, until: until, now)
    case .idle, .waiting, .connecting, .leaving, .finished:
      return []
    }
  }

  mutating func judge(
    _ shipment: Shipment, _ refused: CourierNote.Refused, _ wasHeld: Bool, _ connection: inout Connection,
    _ now: Uptime,
    _ random: Double
  ) -> [Action] {
    let kind = refused.refusal.kind
    if kind != .later { progress.answered(isIdle: connection.window.isEmpty, at: now) }
    switch kind {
    case .never where shipment.parcels.count > 1, .tooLarge where shipment.parcels.count > 1:
      return connection.publishSingly(shipment, at: now)
    case .never where shipment.parcels.first?.isGap == true, .tooLarge where shipment.parcels.first?.isGap == true:
      return shipment.parcels.flatMap { spare($0, refused, wasHeld, now) }
    case .never, .tooLarge:
      if wasHeld, let parcel = shipment.parcels.first { held.accepted(parcel, at: now) }
      return shipment.parcels.map { .reject($0, refused) } + [.note(.rejected(refused))]
    case .denied:
      let wait = shipment.parcels.first.flatMap { held.denied($0, wasProbe: wasHeld, at: now) }
      let actions = shipment.numbers.map { Action.hold($0) } + connection.holdQueued(&held)
      return actions + (wait.map { [.note(.denied(refused, retryIn: $0))] } ?? [])
    case .later:
      let wait = refusals.next(random: random)
      connection.rest(until: now + wait)
      if wasHeld, let parcel = shipment.parcels.first { held.postponed(parcel, until: now + wait) }
      return [.note(.postponed(refused, retryIn: wait))]
    }
  }

  /// A gap is never given up, whatever the broker's reason for refusing it.
  private mutating func spare(
    _ gap: Parcel, _ refused: CourierNote.Refused, _ wasHeld: Bool, _ now: Uptime
  ) -> [Action] {
    if refused.refusal.kind == .tooLarge, gap.isDivisible {
      held.divided(gap, wasProbe: wasHeld, at: now)
      return [.divide(gap)]
    }
    let wait = held.refused(gap, wasProbe: wasHeld, at: now)
    return [.hold(gap.number), .note(.gapRefused(refused, retryIn: wait))]
  }
}
