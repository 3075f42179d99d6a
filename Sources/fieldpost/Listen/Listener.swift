import Linux
import Listening
import MQTT
import Messages
import Scheduling
import Telemetry
import Uplink

/// Receives, shows and audits messages. Reconnects when the connection is lost, until a limit or a signal ends it.
actor Listener: Pinned {
  struct Limits {
    /// Number of messages.
    var count: UInt64?
    /// Time since the start.
    var duration: Duration?
    /// Time without a message while connected.
    var idle: Duration?
  }

  enum Ending {
    case finished
    /// No connection, no subscription, or a write error.
    case failed(String)
  }

  /// `connect` limits name lookup, TCP, TLS, CONNACK and SUBACK together; `goodbye` limits disconnecting.
  private static let patience = (connect: Duration.seconds(15), goodbye: Duration.seconds(2))

  nonisolated let loop: any Loop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private let options: MosquittoOptions
  private let subscription: Subscription
  private let limits: Limits
  // `unsafe` is right: the caller makes the output for this listener and keeps no reference, and only this actor uses it.
  private nonisolated(unsafe) let output: ListenOutput
  private let finish: @Sendable () -> Void
  private var subscriber: MosquittoSubscriber?
  private var backoff = Backoff(ceiling: .seconds(5), slot: 0.5)
  private var deadline: TimerToken?
  private var idling: TimerToken?
  private var drawing: TimerToken?
  private var connectedAt: Uptime?
  private var lastMessage = Uptime(nanoseconds: 0)
  private var isTellingFailures = true

  private(set) var audit: Audit
  private(set) var messages: UInt64 = 0
  private(set) var lostConnections = 0
  private(set) var ending: Ending?

  init(
    _ options: MosquittoOptions, _ subscription: Subscription, _ scope: Audit.Scope, _ limits: Limits,
    output: sending ListenOutput, loop: any Loop, finish: @escaping @Sendable () -> Void
  ) {
    self.options = options
    self.subscription = subscription
    self.limits = limits
    self.output = output
    self.loop = loop
    self.finish = finish
    audit = Audit(scope)
  }

  func start() {
    subscriber = MosquittoSubscriber(options, subscription, loop: loop) { event in
      self.assumeIsolated { $0.handle(event) }
    }
    if let duration = limits.duration { after(duration) { $0.end(.finished) } }
    guard written({ (output) throws(SystemError) in try output.begin() }) else { return }
    attempt()
  }

  /// Disconnects and then finishes. A second call finishes at once, without waiting for the goodbye.
  func end(_ ending: Ending) {
    guard self.ending == nil else { return finish() }
    self.ending = ending
    cancel(&deadline)
    cancel(&idling)
    if output.isLive { try? output.end(audit) }
    after(Self.patience.goodbye) { $0.finish() }
    subscriber?.post { $0.disconnect() }
  }

  // MARK: The connection

  private func attempt() {
    guard ending == nil else { return }
    deadline = after(Self.patience.connect) { listener in
      listener.subscriber?.post { $0.giveUp() }
    }
    subscriber?.post { $0.connect() }
  }

  private func handle(_ event: SubscriberEvent) {
    switch event {
    case .subscribed(let terms): subscribed(terms)
    case .received(let message): take(message)
    case .refused(let reason, let meaning):
      end(.failed("the broker refuses the subscription to \(subscription.filter): \(meaning) (reason \(reason))"))
    case .impossible(let why): end(.failed("cannot subscribe to \(subscription.filter): \(why)"))
    case .failed(let failure): failed(failure)
    }
  }

  private func subscribed(_ terms: Terms) {
    cancel(&deadline)
    var text = "connected to \(place), subscribed to \(subscription.filter)"
    if subscription.keptFor != nil {
      text += terms.hasSession ? "; the broker has kept the session" : "; the broker begins a new session"
      if terms.isOlder { text += "; with MQTT 3.1.1 it says nothing of how long it keeps it" }
    }
    if let kept = terms.keptFor {
      text += "; it keeps it for \(brief(kept)) only: what comes later while this listener is away is lost"
    }
    if terms.qos < options.qos { text += "; the broker grants QoS \(terms.qos) only: messages may be lost" }
    output.tell(text)
    connectedAt = loop.now
    isTellingFailures = true
    lastMessage = loop.now
    if limits.idle != nil { waitForSilence() }
    redraw()
  }

  private func failed(_ failure: LinkFailure) {
    cancel(&deadline)
    cancel(&idling)
    guard ending == nil else { return finish() }
    guard let since = connectedAt else {
      if failure.kind == .adapted {
        output.tell("\(place): \(failure)")
        return retry()
      }
      if lostConnections == 0 { return end(.failed("cannot connect to \(place): \(failure)")) }
      if isTellingFailures { output.tell("cannot connect to \(place): \(failure); goes on trying") }
      isTellingFailures = false
      return retry()
    }
    connectedAt = nil
    lostConnections += 1
    backoff.connectionLasted(loop.now - since)
    if failure.kind == .takenOver {
      return end(.failed("another client has come with the client id \(options.clientID)"))
    }
    output.tell("connection lost: \(failure); connects again")
    redraw()
    retry()
  }

  private func retry() {
    after(backoff.next(random: Double.random(in: 0..<1))) { $0.attempt() }
  }

  private var place: String { "\(options.brokers[0].host):\(options.brokers[0].port)" }

  // MARK: Arrivals

  private func take(_ message: ReceivedMessage) {
    let delivery = Delivery(topic: message.topic, payload: message.payload, isRetained: message.isRetained)
    guard written({ (output) throws(SystemError) in try output.show(delivery) }) else { return }
    audit.add(delivery)
    messages += 1
    lastMessage = loop.now
    redraw()
    if messages == limits.count { end(.finished) }
  }

  /// Runs `body`, which writes. On an error it abandons the connection, so that a message that could not be shown is
  /// not acknowledged, ends the listener, and returns false.
  private func written(_ body: (ListenOutput) throws(SystemError) -> Void) -> Bool {
    do throws(SystemError) {
      try body(output)
      return true
    } catch {
      subscriber?.assumeIsolated { $0.abandon() }
      end(.failed("\(error)"))
      return false
    }
  }

  private func waitForSilence() {
    guard let idle = limits.idle else { return }
    let end = lastMessage + idle
    idling = loop.schedule(at: end) {
      self.assumeIsolated { $0.loop.now - $0.lastMessage >= idle ? $0.end(.finished) : $0.waitForSilence() }
    }
  }

  /// Schedules a redraw of the live table, at most four times a second.
  private func redraw() {
    guard output.isLive, drawing == nil else { return }
    drawing = after(.milliseconds(250)) { listener in
      listener.drawing = nil
      guard listener.ending == nil else { return }
      let audit = listener.audit
      _ = listener.written { (output) throws(SystemError) in try output.draw(audit) }
    }
  }

  // MARK: Timers

  @discardableResult
  private func after(_ delay: Duration, _ work: @escaping @Sendable (isolated Listener) -> Void) -> TimerToken {
    loop.schedule(at: loop.now + delay) { self.assumeIsolated(work) }
  }

  private func cancel(_ timer: inout TimerToken?) {
    if let timer { loop.cancel(timer) }
    timer = nil
  }
}
