import Messages
import Scheduling
import Simulation
import Telemetry
import TestSupport
import Uplink

/// A broker of a test, and the way to it.
protocol BrokerInMemory: Transport {
  /// The messages that it has taken, in order.
  var accepted: [Message] { get }
  /// Its events go to this dispatcher.
  func serve(_ dispatcher: Dispatcher)
  /// Can be reached from now on.
  func open()
}

/// A broker that takes no packet above a size, and the way to it.
actor LimitedBroker: BrokerInMemory {
  /// The broker's reaction to a larger packet.
  enum Trouble: CaseIterable, Sendable {
    /// It is refused as too large. So is one that the library knows to be too large.
    case refused
    /// The connection is closed.
    case closes
    /// It is lost on the way, and everything behind it.
    case swallowed
  }

  /// The faults that may hit any packet, whatever its size.
  struct Weather: Sendable {
    /// In a hundred publications: refused for want of a quota, and so that the connection breaks off.
    var overQuota: UInt64 = 0
    var breaks: UInt64 = 0
    /// How long an answer takes.
    var delay = Duration.zero
  }

  nonisolated let loop: any Loop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  let protocolName = "MQTT 5"
  private let limit: Int
  private let trouble: Trouble
  private let kind: Refusal.Kind
  private let addresses: any AddressBook
  private var tell: @Sendable (TransportEvent) -> Void = { _ in }
  private var isReachable = false
  private var isUp = false
  private var isSilent = false
  private(set) var accepted: [Message] = []
  private(set) var troubles = 0
  private var weather = Weather()
  private var random = SeededRandom(seed: 0)
  private var connection = 0

  /// `limit`: of topic and payload together, in bytes.
  init(
    limit: Int, _ trouble: Trouble, kind: Refusal.Kind = .tooLarge, addresses: any AddressBook, loop: any Loop
  ) {
    (self.limit, self.trouble, self.kind, self.loop) = (limit, trouble, kind, loop)
    self.addresses = addresses
  }

  func serve(_ dispatcher: Dispatcher) { tell = { event in dispatcher.post { $0.handle(event) } } }

  func open() { isReachable = true }

  func set(_ weather: Weather, seed: UInt64 = 0) {
    self.weather = weather
    random = SeededRandom(seed: seed)
  }

  func connect(broker: Int) {
    connection += 1
    isSilent = false
    guard isReachable else {
      return tell(.failed(LinkFailure(.broken, "Connection refused")))
    }
    isUp = true
    for event in [.dialling("to 192.0.2.1"), .dialled, .connected(Capabilities())] as [TransportEvent] {
      tell(event)
    }
  }

  func publish(_ message: Message, token: Token) {
    guard isUp, !isSilent else { return }
    let chance = random.next() % 100
    if chance < weather.breaks { return breakOff() }
    if chance < weather.breaks + weather.overQuota {
      return answer(token, .refused(Refusal(.later, meaning: "quota exceeded")))
    }
    guard addresses.place(of: message.address).utf8.count + message.payload.count > limit else {
      accepted.append(message)
      return answer(token, .accepted)
    }
    troubles += 1
    switch trouble {
    case .refused: answer(token, .refused(Refusal(kind, meaning: "no")))
    case .closes: breakOff()
    case .swallowed: isSilent = true
    }
  }

  private func breakOff() {
    isUp = false
    tell(.failed(LinkFailure(.broken, "The connection was lost")))
  }

  private func answer(_ token: Token, _ answer: Acknowledgement) {
    guard weather.delay > .zero else { return tell(.acknowledged(token, answer)) }
    let mine = connection
    loop.schedule(at: loop.now + weather.delay) {
      self.assumeIsolated { if $0.isUp, $0.connection == mine { $0.tell(.acknowledged(token, answer)) } }
    }
  }

  func listen(at inlets: [Inlet]) {}

  func disconnect() { tell(.failed(LinkFailure(.closed, "closed"))) }

  func abandon() { isUp = false }
}
