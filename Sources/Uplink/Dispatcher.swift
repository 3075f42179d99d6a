import Messages
import Scheduling
import Telemetry

/// Performs what a `Courier` decides: calls the transport, the spool and the log. Lives on the uplink's loop.
package actor Dispatcher: Pinned {
  /// The rest of the gateway, as the dispatcher needs it. Each closure is called on the uplink's loop and must not
  /// block.
  package struct Surroundings: Sendable {
    /// Asks for the content of the state; `answer` may be called from any thread.
    let report: @Sendable (_ answer: @escaping @Sendable (StateReport) -> Void) -> Void
    let note: @Sendable (CourierNote) -> Void
    let finished: @Sendable () -> Void
    let clock: @Sendable () -> Stamp
    /// Spreads the attempts of a fleet.
    let chance: Chance

    package init(
      report: @escaping @Sendable (_ answer: @escaping @Sendable (StateReport) -> Void) -> Void,
      note: @escaping @Sendable (CourierNote) -> Void, finished: @escaping @Sendable () -> Void,
      clock: @escaping @Sendable () -> Stamp, chance: Chance = .system
    ) {
      self.report = report
      self.note = note
      self.finished = finished
      self.clock = clock
      self.chance = chance
    }
  }

  /// How long until a refused state is published again: the first wait, and the longest.
  private static let stateWaits = Duration.seconds(5)...(.seconds(600))
  /// How long a cluster of brokers needs to end a connection that has been replaced by another.
  private static let takeover = Duration.seconds(10)

  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private(set) var courier: Courier
  private let encoder: MessageEncoder
  private let stateEvery: Duration
  private let outbox: any Outbox
  private let surroundings: Surroundings
  private(set) var transport: (any Transport)?
  private var stateWait = stateWaits.lowerBound
  /// The parts of the greeting that the broker has not answered yet.
  private var greeting: Set<GreetingPart> = []
  /// How many states were published, or are about to be.
  private var states: UInt64 = 0
  private var outgoing: [(Message, Token)] = []
  private var acknowledged: [UInt64] = []
  /// Nil: no commands are taken.
  let commands: CommandService?
  var gate: CommandGate?
  private var timer: (token: TimerToken, deadline: Uptime)?
  private var repetition: TimerToken?
  /// Until these expire, the broker may still publish the last will of the previous connection.
  private var confirmations: [TimerToken] = []
  private var published = PublishedFigures()
  /// Publishes a changed state, after the minimum interval.
  private var delayed: TimerToken?

  /// `stateEvery`: how often the state is published while connected.
  package init(
    limits: CourierLimits, encoder: MessageEncoder, stateEvery: Duration, outbox: any Outbox,
    surroundings: Surroundings, commands: CommandService?, loop: any Loop
  ) {
    courier = Courier(limits: limits)
    self.encoder = encoder
    self.stateEvery = stateEvery
    self.outbox = outbox
    self.surroundings = surroundings
    self.commands = commands
    gate = commands.map { CommandGate($0.rules, now: loop.now) }
    self.loop = loop
  }

  /// The transport's events have to be passed to `handle`.
  package func start(_ transport: any Transport) {
    self.transport = transport
    step(.start)
    repeatState()
  }

  private func repeatState() {
    repetition = loop.schedule(at: loop.now + stateEvery) {
      self.assumeIsolated { dispatcher in
        if dispatcher.courier.isAnnounced { dispatcher.announceOnline() }
        dispatcher.repeatState()
      }
    }
  }

  /// The report arrives before the answer to the first fetch, which is asked for later. Without a connection it is
  /// dropped. `isGreeting`: the connection counts as greeted only when the broker has answered this state.
  private func announceOnline(isGreeting: Bool = false) {
    states += 1
    let state = states
    if isGreeting { greeting.insert(.state(state)) }
    surroundings.report { report in
      self.post { dispatcher in
        guard dispatcher.courier.isConnected, !isGreeting || dispatcher.greeting.contains(.state(state)) else { return }
        let time = dispatcher.surroundings.clock()
        dispatcher.published.stated(report, at: dispatcher.loop.now)
        dispatcher.publish(dispatcher.encoder.state(online: true, at: time, report: report), .state(state))
      }
    }
  }

  package func handle(_ event: TransportEvent) {
    if handleCommand(event) { return }
    if case .acknowledged(.state(let state), let answer) = event {
      stateAnswered(state, answer)
    } else {
      step(.transport(event))
    }
  }

  enum GreetingPart: Hashable, Sendable {
    /// The state of this number.
    case state(UInt64)
    case inlet(Inlet)
  }

  /// The broker has answered a part of the greeting, or something else.
  func answered(_ part: GreetingPart) {
    if greeting.remove(part) != nil, greeting.isEmpty { step(.greeted) }
  }

  private func greet() {
    published.connected()
    greeting = Set(listen().map { .inlet($0) })
    announceOnline(isGreeting: true)
    confirmState()
  }

  /// A cluster of brokers may notice the end of our previous connection only after this one has begun, and publish its
  /// last will over our state: most often within seconds, and at the latest when the keep-alive has expired. So the
  /// state is published again after each of these times.
  private func confirmState() {
    for timer in confirmations { loop.cancel(timer) }
    confirmations = [Self.takeover, courier.limits.keepAlive * 2].map { wait in
      loop.schedule(at: loop.now + wait) { self.assumeIsolated { $0.stateChanged() } }
    }
  }

  private func stateAnswered(_ state: UInt64, _ answer: Acknowledgement) {
    switch answer {
    case .accepted: stateWait = Self.stateWaits.lowerBound
    case .refused(let refusal): stateRefused(refusal)
    }
    answered(.state(state))
  }

  /// The state is not in the spool, so nothing else would send it again, and the broker would go on showing the gateway
  /// as offline.
  private func stateRefused(_ refusal: Refusal) {
    surroundings.note(.stateRefused(.init(stream: "state", refusal: refusal)))
    loop.schedule(at: loop.now + stateWait) {
      self.assumeIsolated { if $0.courier.isAnnounced { $0.announceOnline() } }
    }
    stateWait = min(stateWait * 2, Self.stateWaits.upperBound)
  }

  /// The spool has records again.
  package func arrival() { step(.arrival) }

  /// The spool has a record that goes before readings.
  package func urgentArrival() { step(.urgentArrival) }

  /// The published state is out of date. Without a connection there is nothing to do: the next one begins with the
  /// state.
  package func stateChanged() { if courier.isAnnounced { announceOnline() } }

  /// The same as `stateChanged`, for changes that may occur many times a minute.
  package func stateDrifted() {
    guard courier.isAnnounced, delayed == nil else { return }
    delayed = loop.schedule(at: published.mayRepeat(at: loop.now)) {
      self.assumeIsolated { dispatcher in
        dispatcher.delayed = nil
        dispatcher.stateChanged()
      }
    }
  }

  /// Publishes the state again when the backlog that it reported has been delivered.
  private func refreshState() {
    guard courier.isDrained, courier.isAnnounced, published.areOld(window: courier.limits.inFlight) else { return }
    published.refreshed()
    // Otherwise the state would count what was just acknowledged as waiting.
    passAcknowledged()
    announceOnline()
  }

  /// A network link has come up.
  package func linkUp() { step(.linkUp) }

  package func stop() { step(.stop) }

  private func step(_ event: Courier.Event) {
    for action in courier.handle(event, at: loop.now, random: surroundings.chance.fraction()) { perform(action) }
    send()
    arm()
    refreshState()
  }

  /// Passes the messages of one event to the transport at once.
  private func send() {
    guard !outgoing.isEmpty else { return }
    let messages = outgoing
    outgoing = []
    transport?.post { transport in
      for (message, token) in messages { transport.publish(message, token: token) }
    }
  }

  /// Gathers a burst of acknowledgements, and wakes the spool's thread once.
  private func acknowledge(_ number: UInt64) {
    if acknowledged.isEmpty { post { $0.passAcknowledged() } }
    acknowledged.append(number)
  }

  private func passAcknowledged() {
    guard !acknowledged.isEmpty else { return }
    outbox.acknowledge(acknowledged)
    acknowledged = []
  }

  private func perform(_ action: Courier.Action) {
    switch action {
    case .connect(let broker): transport?.post { $0.connect(broker: broker) }
    case .abandon: transport?.post { $0.abandon() }
    case .disconnect: transport?.post { $0.disconnect() }
    case .announce(online: true): greet()
    case .announce(online: false):
      states += 1
      publish(encoder.state(online: false, at: surroundings.clock()), .state(states))
    case .fetch(let after, let limit, let anew, let ticket):
      fetch(.next(after: after, limit: limit, anew: anew), ticket)
    case .fetchHeld(let first, let limit, let ticket): fetch(.held(from: first, limit: limit), ticket)
    case .publish(let shipment):
      let clock = ClockCorrection(now: surroundings.clock())
      if let message = encoder.message(for: shipment.reports, clock: clock) {
        outgoing.append((message, .records(shipment.token)))
      }
    case .acknowledge(let number): acknowledge(number)
    case .hold(let number): outbox.hold(number)
    case .reject(let parcel, let refused): outbox.reject(parcel, refused)
    case .divide(let gap): outbox.divide(gap)
    case .discard(let parcel, let reason): outbox.discard(parcel, reason)
    case .note(let note): surroundings.note(note)
    case .finished: finish()
    }
  }

  private func finish() {
    passAcknowledged()
    for timer in [repetition, delayed].compactMap({ $0 }) + confirmations { loop.cancel(timer) }
    // Breaks the reference cycle with the transport.
    transport = nil
    surroundings.finished()
  }

  private func fetch(_ wanted: Wanted, _ ticket: UInt64) {
    // Otherwise a fetch from the start would return what was just acknowledged.
    passAcknowledged()
    outbox.fetch(wanted) { parcels, isCutShort in
      self.post { $0.step(.fetched(parcels, ticket: ticket, isCutShort: isCutShort)) }
    }
  }

  func publish(_ message: Message, _ token: Token) { transport?.post { $0.publish(message, token: token) } }

  /// At most one timer, moved only when it would fire too late: acknowledgements push the deadline back many times a
  /// second, and an early call does no harm.
  private func arm() {
    guard let deadline = courier.deadline else {
      if let timer { loop.cancel(timer.token) }
      timer = nil
      return
    }
    if let timer {
      if timer.deadline <= deadline { return }
      loop.cancel(timer.token)
    }
    timer = (loop.schedule(at: deadline) { self.assumeIsolated { $0.expire() } }, deadline)
  }

  private func expire() {
    timer = nil
    step(.timer)
  }
}
