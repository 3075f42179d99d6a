import CMosquitto
import Scheduling
import Telemetry
import Uplink

/// The subscriber, which owns a `MosquittoLink`. A message is acknowledged only after the handler has dealt with it.
package actor MosquittoSubscriber: LinkOwner {
  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  let link: MosquittoLink
  private var fallback: ProtocolFallback
  private var options: MosquittoOptions { fallback.options }
  private let subscription: Subscription
  private let tell: @Sendable (SubscriberEvent) -> Void
  private var welcome = Connack()
  /// How many addresses of the broker could not be reached. Nil: there has been a connection, and the caller tries
  /// again whatever happens.
  private var unreached: Int? = 0

  /// `tell` is called on the loop. QoS and protocol version are those of the options.
  package init(
    _ options: MosquittoOptions, _ subscription: Subscription, loop: any Loop,
    tell: @escaping @Sendable (SubscriberEvent) -> Void
  ) {
    link = MosquittoLink(.subscriber, loop: loop)
    fallback = ProtocolFallback(options)
    self.subscription = subscription
    self.loop = loop
    self.tell = tell
  }

  /// Starts an attempt with a new handle. Ends in `subscribed`, `refused`, `impossible` or `failed`, or in none of
  /// them: the caller has to set the deadline.
  package func connect() {
    fallback.connecting(at: loop.now)
    // Only the first broker is used: a tool reports that it cannot connect, and ends.
    var request = LinkRequest(options: options, broker: options.brokers[0])
    request.resumes = subscription.keptFor != nil
    request.sessionExpiry = subscription.keptFor.map { UInt32(clamping: $0.components.seconds) }
    request.largestPacket = UInt32(Intake.mostBytes)
    link.connect(request, for: self)
  }

  /// Sends a DISCONNECT; ends in `failed(.closed)` once the broker has closed the connection. No further message is
  /// taken.
  package func disconnect() { link.disconnect(for: self) }

  /// Gives up an attempt that was not answered. The failure tells whether another attempt is worthwhile.
  package func giveUp() {
    let failure = MosquittoFailure.library(
      operation: "connect", code: 0, detail: "no answer within 15 s; is this the broker's port?")
    link.end(failure, silence: link.isAsking ? .mute : nil, for: self)
  }

  /// Drops the connection or the attempt at once: received messages that are not yet acknowledged will come again, if
  /// the broker keeps the session. No event follows.
  package func abandon() { link.drop() }

  // MARK: The link

  func handle(_ event: LinkEvent) {
    switch event {
    case .connected(let welcome): connected(welcome)
    case .subscribed(_, let answer): subscribed(answer)
    case .received(let message):
      tell(
        .received(ReceivedMessage(topic: message.place, payload: message.payload, isRetained: message.wasKept)))
    case .ended(let end): tell(.failed(failure(of: end).linkFailure))
    case .dialling, .dialled, .published, .tended: break
    }
  }

  private func connected(_ welcome: Connack) {
    unreached = nil
    fallback.welcomed()
    self.welcome = welcome
    if let obstacle {
      link.drop()
      return tell(.impossible(obstacle))
    }
    guard let handle = link.handle else { return }
    // Retained messages come once, with a new subscription, not again with one that the broker has kept.
    let flags = options.version == .v5 ? Int32(MQTT_SUB_OPT_SEND_RETAIN_NEW.rawValue) : 0
    let result = LibraryResult {
      mosquitto_subscribe_v5(handle.pointer, nil, subscription.filter, options.qos, flags, nil)
    }
    link.settle("subscribe", result, for: self)
  }

  /// The features that the broker does not support, as it has said. Asking for it all the same would be a protocol
  /// error, and some brokers then say yes and deliver nothing.
  private var obstacle: String? {
    let filter = subscription.filter
    if filter.hasPrefix("$share/"), options.version == .v311 {
      return "the broker knows only MQTT 3.1.1, which has no shared subscriptions"
    }
    if filter.hasPrefix("$share/"), !welcome.hasSharedSubscriptions { return "the broker has no shared subscriptions" }
    let hasWildcard = filter.contains { $0 == "#" || $0 == "+" }
    return hasWildcard && !welcome.hasWildcards ? "the broker has no wildcards in subscriptions" : nil
  }

  private func subscribed(_ answer: Int32) {
    let isOlder = options.version == .v311
    guard answer >= 128 else {
      let kept = welcome.sessionExpiry.flatMap { expiry in subscription.keptFor.flatMap { expiry < $0 ? expiry : nil } }
      return tell(.subscribed(Terms(hasSession: welcome.hasSession, qos: answer, keptFor: kept, isOlder: isOlder)))
    }
    let meaning = String(cString: mosquitto_reason_string(answer))
    link.drop()
    tell(.refused(reason: answer, meaning: meaning))
  }

  /// Says `adapted` whenever another attempt may succeed: a tool ends at any other failure of its first attempt.
  private func failure(of end: LinkEnd) -> MosquittoFailure {
    switch end.phase {
    case .dialling: unreached(end)
    case .handshaking: refused(end)
    case .off, .up, .leaving, .draining: end.failure
    }
  }

  private func unreached(_ end: LinkEnd) -> MosquittoFailure {
    guard let before = unreached, before + 1 < end.addresses else { return end.failure }
    unreached = before + 1
    return .adapted("\(end.failure.linkFailure); the next address is tried")
  }

  private func refused(_ end: LinkEnd) -> MosquittoFailure {
    let askedForVersion5 = options.version == .v5
    if let how = fallback.ended(end, at: loop.now) { return .adapted(how) }
    guard askedForVersion5, let silence = end.silence else { return end.failure }
    let how =
      switch silence {
      case .closed: "the broker has closed the connection"
      case .mute: "the broker does not answer"
      }
    return .adapted(how + " when it was asked for MQTT 5")
  }
}
