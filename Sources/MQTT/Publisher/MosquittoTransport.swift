import Messages
import Scheduling
import Telemetry
import Uplink

/// libmosquitto behind the uplink's seam: the publisher, which owns a `MosquittoLink`.
package actor MosquittoTransport: Transport, LinkOwner {
  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  let link: MosquittoLink
  /// One for each broker.
  private var fallbacks: [ProtocolFallback]
  var options: MosquittoOptions { fallbacks[broker].options }
  private(set) var welcome = Connack()
  /// The topics of what the gateway publishes, and of its commands.
  let topics: TopicBook
  /// Largest size of a packet without its payload, in bytes.
  private let overhead: Int
  /// The message that the broker publishes when it loses us. It is asked for at each attempt.
  private let will: @Sendable () -> Message
  let tell: @Sendable (TransportEvent) -> Void
  /// For each broker, what the next attempt does without, in words. The attempt reports it when it begins.
  private var adapted: [Int: String] = [:]
  var tokens: [Int32: Token] = [:]
  /// The subscriptions that are not yet answered, by message id.
  var subscriptions: [Int32: (inlet: Inlet, filter: String)] = [:]
  private var broker = 0
  /// The certificate files that the connection was made with.
  private var files: TLSFiles?

  /// `describes`: messages have a content type and headers. `will` and `tell` are called on the loop.
  package init(
    _ options: MosquittoOptions, _ topics: TopicBook, describes: Bool, loop: any Loop,
    will: @escaping @Sendable () -> Message, tell: @escaping @Sendable (TransportEvent) -> Void
  ) {
    link = MosquittoLink(.publisher, loop: loop)
    fallbacks = options.brokers.map { _ in ProtocolFallback(options) }
    self.loop = loop
    self.topics = topics
    overhead = topics.overhead(describes: describes)
    self.will = will
    self.tell = tell
  }

  // MARK: Transport

  package var protocolName: String { options.version == .v5 ? "MQTT 5" : "MQTT 3.1.1" }

  package func connect(broker: Int) {
    forget()
    self.broker = broker % fallbacks.count
    fallbacks[self.broker].connecting(at: loop.now)
    if let how = adapted.removeValue(forKey: self.broker) { tell(.adapted(how)) }
    files = options.tls.map(TLSFiles.init)
    let last = will()
    var request = LinkRequest(options: options, broker: options.brokers[self.broker])
    request.will = LinkRequest.Will(
      topic: topics.place(of: last.address), payload: last.payload, qos: options.willQoS,
      isRetained: topics.isRetained(last.address) && options.willIsRetained)
    request.largestPacket = options.incomingLimit
    link.connect(request, for: self)
  }

  package func disconnect() { link.disconnect(for: self) }

  package func abandon() {
    if link.isAsking { adapted[broker] = fallbacks[broker].wasIgnored(.mute, at: loop.now) }
    link.drop()
    forget()
  }

  private func forget() {
    tokens = [:]
    subscriptions = [:]
  }

  // MARK: The link

  func handle(_ event: LinkEvent) {
    switch event {
    case .dialling(let way): tell(.dialling(way))
    case .dialled: tell(.dialled)
    case .connected(let welcome): connected(welcome)
    case .published(let message, let reason):
      guard let token = tokens.removeValue(forKey: message) else { return }
      tell(.acknowledged(token, Reasons.acknowledgement(reason)))
    case .subscribed(let message, let answer):
      guard let (inlet, filter) = subscriptions.removeValue(forKey: message) else { return }
      tell(Reasons.subscription(inlet, filter, answer))
    case .received(let message): tell(.received(message.judged(by: topics)))
    case .tended: lookAround()
    case .ended(let end): ended(end)
    }
  }

  private func connected(_ welcome: Connack) {
    self.welcome = welcome
    fallbacks[broker].welcomed()
    tell(
      .connected(
        Capabilities(
          window: welcome.receiveMaximum, largestPayload: welcome.maximumPacket.map { max(0, $0 - overhead) },
          isAcknowledging: options.qos == 0 || welcome.maximumQoS > 0, keepsState: welcome.mayRetain)))
  }

  /// Connects anew when the next connection would be a better one.
  private func lookAround() {
    if files?.wereReplaced(isBusy: !tokens.isEmpty) == true { return link.renew(.credentialsReplaced, for: self) }
    if tokens.isEmpty, fallbacks[broker].isPast(at: loop.now) { link.renew(.askingAnew, for: self) }
  }

  private func ended(_ end: LinkEnd) {
    forget()
    tell(.failed((adapted(to: end).map { .adapted($0) } ?? end.failure).linkFailure))
  }

  /// The feature that the next attempt has to do without, if that is why this one has ended.
  private func adapted(to end: LinkEnd) -> String? {
    switch end.phase {
    case .handshaking: return fallbacks[broker].ended(end, at: loop.now)
    case .up:
      guard options.qos == 2, end.hadPuback, Reasons.isProtocolError(end.failure) else { return nil }
      return fallbacks[broker].answeredAsQoS1()
    case .off, .dialling, .leaving, .draining: return nil
    }
  }
}
