import Messages
import Scheduling
import Telemetry
import TestSupport
import Uplink

/// The broker, and the network to it. It outlives every gateway, and keeps what it has accepted.
package final class WorldBroker: @unchecked Sendable {
  package enum Reach: Sendable {
    case up
    /// Nobody listens: connections are refused, and those that were there have broken.
    case down
    /// Packets disappear without a word. Packets in flight arrive when the network is back.
    case silent
  }

  /// The faults of a broker that can be reached. Percentages are of messages.
  package struct Weather: Sendable {
    /// Until a message is acknowledged.
    package var latency = Duration.milliseconds(20)
    package var window: Int?
    package var largestPayload: Int?
    /// Over quota: refused for now.
    package var later: UInt64 = 0
    /// The connection breaks while a message is on its way; half of the time the broker has it.
    package var breaks: UInt64 = 0
    /// The readings of these sensors are not allowed.
    package var denied: Set<String> = []
    /// Of a hundred readings of a sensor, the first so many are never accepted.
    package var poison: UInt64 = 0
    /// The same readings make the broker close the connection.
    package var isPoisonDeadly = false
    /// Packets larger than this disappear on the way, and what follows them is held up.
    package var largestPassing: Int?
    /// Acknowledgements come in any order.
    package var shuffles = false
    /// After so many messages the broker takes nothing for a while; 0: never.
    package var blocks = 0
    package var blockedFor = Duration.seconds(10)
    /// Something that is published to is there only so long after a connection.
    package var unprepared = Duration.zero
    /// The next connections are refused for this reason.
    package var refusal: LinkFailure.Kind?

    package init() {}
  }

  package private(set) var reach = Reach.up
  package var weather = Weather()
  /// A planted bug: the broker acknowledges every hundredth message and forgets it.
  package var forgets = false
  fileprivate var random: SeededRandom
  fileprivate var handled = 0
  fileprivate let accept: (Message) -> Void
  /// The connection in use, which hears when the network is back.
  fileprivate weak var transport: WorldTransport?

  package init(seed: UInt64, accept: @escaping (Message) -> Void) {
    random = SeededRandom(seed: seed)
    self.accept = accept
  }

  package func reach(_ reach: Reach) {
    self.reach = reach
    transport?.post { $0.reachChanged() }
  }

  /// A command arrives, if the gateway listens.
  package func command(_ text: String) { transport?.post { $0.receive(Array(text.utf8)) } }

  /// Somebody connects under the gateway's name.
  package func takeOver() { transport?.post { $0.end(LinkFailure(.takenOver, "session taken over")) } }

  fileprivate func chance(_ percent: UInt64) -> Bool { percent > 0 && random.next() % 100 < percent }

  fileprivate func take(_ message: Message) {
    handled += 1
    if !forgets || handled % 100 != 0 { accept(message) }
  }

  fileprivate func judge(_ message: Message) -> Acknowledgement {
    if let limit = weather.largestPayload, message.payload.count > limit {
      return .refused(Refusal(.tooLarge, meaning: "packet too large"))
    }
    if chance(weather.later) { return .refused(Refusal(.later, meaning: "quota exceeded")) }
    guard case .readings(let sensor) = message.address else { return .accepted }
    if weather.denied.contains(sensor) { return .refused(Refusal(.denied, meaning: "not authorised")) }
    return isPoison(message) ? .refused(Refusal(.never, meaning: "payload format invalid")) : .accepted
  }

  /// The same message is refused each time, and a batch with it.
  fileprivate func isPoison(_ message: Message) -> Bool {
    guard weather.poison > 0, case .readings = message.address else { return false }
    return Payload.identities(message.payload).contains { $0.sequence % 100 < weather.poison }
  }

  fileprivate var latency: Duration {
    weather.shuffles ? weather.latency * Int(random.next() % 4) : weather.latency
  }
}

/// A gateway's connection to the broker.
package actor WorldTransport: Transport {
  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  package nonisolated let protocolName = "a world's"

  private let broker: WorldBroker
  private let tell: @Sendable (TransportEvent) -> Void
  private var isUp = false
  private var isBlocked = false
  /// Events of an earlier connection must not reach a later one.
  private var connection = 0
  /// Sent, and not yet read by the broker.
  private var sent: [(message: Message, token: Token)] = []
  private var listensAt: [Inlet] = []

  package init(_ broker: WorldBroker, loop: any Loop, tell: @escaping @Sendable (TransportEvent) -> Void) {
    (self.broker, self.loop, self.tell) = (broker, loop, tell)
  }

  package func connect(broker index: Int) {
    abandon()
    broker.transport = self
    guard broker.reach != .silent else { return tell(.dialling("to 192.0.2.1")) }
    after(.milliseconds(10)) { $0.reached() }
  }

  private func reached() {
    switch broker.reach {
    case .down: return end(LinkFailure(.broken, "Connection refused"))
    case .silent: return
    case .up: break
    }
    tell(.dialling("to 192.0.2.1"))
    tell(.dialled)
    if let refusal = broker.weather.refusal { return end(LinkFailure(refusal, "\(refusal)")) }
    guard broker.weather.unprepared > .zero else { return prepared() }
    tell(.unprepared("no exchange \"readings\" (404)"))
    after(broker.weather.unprepared) { $0.prepared() }
  }

  private func prepared() {
    guard broker.reach == .up else { return }
    isUp = true
    let weather = broker.weather
    tell(.connected(Capabilities(window: weather.window, largestPayload: weather.largestPayload)))
  }

  package func publish(_ message: Message, token: Token) {
    guard isUp else { return }
    sent.append((message, token))
    readAll()
  }

  package func listen(at inlets: [Inlet]) {
    listensAt = inlets
    for inlet in inlets { tell(.listening(inlet, at: "\(inlet)")) }
  }

  package func disconnect() { end(LinkFailure(.closed, "closed")) }

  package func abandon() {
    (isUp, isBlocked, sent, listensAt) = (false, false, [], [])
    connection += 1
  }

  func end(_ failure: LinkFailure) {
    abandon()
    tell(.failed(failure))
  }

  func receive(_ payload: [UInt8]) {
    guard isUp, broker.reach == .up, !listensAt.isEmpty else { return }
    let reply = Incoming.Reply(address: nil, correlation: nil)
    tell(.received(Incoming(place: "command", size: payload.count, payload: payload, wasKept: false, reply: reply)))
  }

  func reachChanged() {
    switch broker.reach {
    case .up: readAll()
    case .down: if isUp { end(LinkFailure(.broken, "Connection reset by peer")) }
    case .silent: watchSilence()
    }
  }

  /// The keep-alive notices a silence in which nothing is sent.
  private func watchSilence() {
    guard isUp else { return }
    after(.seconds(45)) { if $0.broker.reach == .silent { $0.end(LinkFailure(.broken, "Keepalive exceeded")) } }
  }

  /// Does something later, if the connection is the same then.
  private func after(_ wait: Duration, _ body: @escaping @Sendable (isolated WorldTransport) -> Void) {
    let mine = connection
    loop.schedule(at: loop.now + wait) { self.assumeIsolated { if $0.connection == mine { body($0) } } }
  }

  private func readAll() {
    while isUp, !isBlocked, broker.reach == .up, !sent.isEmpty {
      if let limit = broker.weather.largestPassing, sent[0].message.payload.count > limit { return }
      let (message, token) = sent.removeFirst()
      read(message, token)
    }
  }

  private func read(_ message: Message, _ token: Token) {
    let weather = broker.weather
    if broker.chance(weather.breaks) {
      // The broker may have it, without an acknowledgement.
      if broker.chance(50), broker.judge(message) == .accepted { broker.take(message) }
      return end(LinkFailure(.broken, "Connection reset by peer"))
    }
    if weather.isPoisonDeadly, broker.isPoison(message) { return end(LinkFailure(.closed, "closed by the broker")) }
    let answer = broker.judge(message)
    if answer == .accepted { broker.take(message) }
    after(broker.latency) { transport in
      // An acknowledgement that the network swallows comes when it is back.
      transport.answer(token, answer)
    }
    if weather.blocks > 0, broker.handled % weather.blocks == 0 { block(for: weather.blockedFor) }
  }

  private func answer(_ token: Token, _ answer: Acknowledgement) {
    if broker.reach == .silent { return after(.seconds(1)) { $0.answer(token, answer) } }
    tell(.acknowledged(token, answer))
  }

  private func block(for time: Duration) {
    isBlocked = true
    tell(.blocked("its memory is full"))
    after(time) { transport in
      transport.isBlocked = false
      transport.tell(.unblocked)
      transport.readAll()
    }
  }
}
