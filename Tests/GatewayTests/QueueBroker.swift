import Messages
import Scheduling
import Telemetry
import TestSupport
import Uplink

/// A broker in memory that does what AMQP's brokers do: it confirms by delivery tag, one or many at a time, not in
/// order; it does not take a message (nack), or returns it because no queue is bound; it blocks its publishers; and it
/// accepts connections before there is an exchange to publish to.
actor QueueBroker: BrokerInMemory {
  /// The broker's faults: how many there are in a hundred publications, confirmations or seconds.
  struct Weather: Sendable {
    var nacks: UInt64 = 0
    var returns: UInt64 = 0
    var breaks: UInt64 = 0
    /// The exchange is there only after this time from the connection on.
    var unprepared = Duration.zero
    /// Publishers are blocked for this time after each so many messages; 0: never.
    var blocks = 0
    var blockedFor = Duration.zero
  }

  nonisolated let loop: any Loop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  let protocolName = "queues in memory"
  private var tell: @Sendable (TransportEvent) -> Void = { _ in }
  private(set) var accepted: [Message] = []
  private var weather = Weather()
  private var random = SeededRandom(seed: 0)
  private var isReachable = false
  private var isUp = false
  private var isBlocked = false
  /// Events of an earlier connection must not reach a later one.
  private var connection = 0
  private var taken = 0
  /// Sent and not yet read by the broker; read and not yet confirmed.
  private var sent: [(message: Message, token: Token)] = []
  private var unconfirmed: [Token] = []

  init(loop: any Loop) { self.loop = loop }

  func serve(_ dispatcher: Dispatcher) { tell = { event in dispatcher.post { $0.handle(event) } } }

  func open() { isReachable = true }

  func set(_ weather: Weather, seed: UInt64 = 0) {
    self.weather = weather
    random = SeededRandom(seed: seed)
  }

  private func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

  // MARK: Transport

  func connect(broker: Int) {
    abandon()
    connection += 1
    guard isReachable else { return tell(.failed(LinkFailure(.broken, "Connection refused"))) }
    tell(.dialling("to 192.0.2.1"))
    tell(.dialled)
    guard weather.unprepared > .zero else { return prepared() }
    tell(.unprepared("no exchange \"readings\" (404)"))
    after(weather.unprepared) { $0.prepared() }
  }

  private func prepared() {
    isUp = true
    tell(.connected(Capabilities(keepsState: false)))
  }

  func publish(_ message: Message, token: Token) {
    guard isUp else { return }
    sent.append((message, token))
    if !isBlocked { readAll() }
  }

  func listen(at inlets: [Inlet]) {}

  func disconnect() {
    abandon()
    tell(.failed(LinkFailure(.closed, "closed")))
  }

  func abandon() {
    (isUp, isBlocked) = (false, false)
    (sent, unconfirmed) = ([], [])
    connection += 1
  }

  // MARK: The broker

  /// Does something later, if the connection is the same then.
  private func after(_ wait: Duration, _ body: @escaping @Sendable (isolated QueueBroker) -> Void) {
    let mine = connection
    loop.schedule(at: loop.now + wait) { self.assumeIsolated { if $0.connection == mine { body($0) } } }
  }

  private func readAll() {
    while isUp, !isBlocked, !sent.isEmpty {
      let (message, token) = sent.removeFirst()
      read(message, token)
    }
  }

  private func read(_ message: Message, _ token: Token) {
    taken += 1
    if chance(weather.breaks) {
      // Messages that were read before may be in the queues, without a confirmation.
      if chance(50) { accepted.append(message) }
      abandon()
      return tell(.failed(LinkFailure(.broken, "reset")))
    }
    if chance(weather.returns) {
      // The return comes first, and then the confirmation: the transport makes one answer of both.
      return confirm(token, .refused(Refusal(.denied, code: .init(312, text: "312"), meaning: "NO_ROUTE")))
    }
    if chance(weather.nacks) { return confirm(token, .refused(Refusal(.later, meaning: "not taken (nack)"))) }
    accepted.append(message)
    unconfirmed.append(token)
    if unconfirmed.count == 1 { after(.milliseconds(20)) { $0.confirmSome() } }
    if weather.blocks > 0, taken % weather.blocks == 0 { block() }
  }

  private func confirm(_ token: Token, _ answer: Acknowledgement) {
    after(.milliseconds(5)) { $0.tell(.acknowledged(token, answer)) }
  }

  /// `multiple`: all up to a tag, or one from the middle.
  private func confirmSome() {
    let single = Int(random.next() % UInt64(max(1, unconfirmed.count)))
    let tokens = chance(50) ? unconfirmed : [unconfirmed[single]]
    unconfirmed.removeAll { tokens.contains($0) }
    for token in tokens { tell(.acknowledged(token, .accepted)) }
    if !unconfirmed.isEmpty { after(.milliseconds(20)) { $0.confirmSome() } }
  }

  private func block() {
    isBlocked = true
    tell(.blocked("its memory is full"))
    after(weather.blockedFor) { broker in
      broker.isBlocked = false
      broker.tell(.unblocked)
      broker.readAll()
    }
  }
}
