import CMosquitto
import Glibc
import Scheduling
import Telemetry
import Uplink

/// libmosquitto behind the uplink's seam, run by our own loop, on whose thread every call of the library is made.
///
/// The library's own loops are not usable in a program that has to run for years: its thread ends for good on a refused
/// MQTT 5 CONNACK, on a DISCONNECT from the broker, on a TLS error, and its reconnect blocks for minutes. Here each
/// attempt goes through three phases: the TCP connection, which we watch ourselves; the handshake, driven by
/// `mosquitto_loop`, because with 2.0.21 a loop of one's own would spin during TLS; and then reading and writing when
/// the socket is ready. Any return code other than success ends the connection.
public actor MosquittoTransport: Transport {
  private enum Phase {
    case off, dialling, handshaking, up, leaving
  }

  public nonisolated let loop: any Loop
  public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private var adaptation: Adaptation
  private var options: MosquittoOptions { adaptation.options }
  private var welcome = Welcome()
  private let tell: @Sendable (TransportEvent) -> Void
  private var sink = CallbackSink(usesTLS: false)
  private var handle: OpaquePointer?
  private var phase = Phase.off
  private var descriptor: Int32 = -1
  private var watched: Readiness = []
  private var tokens: [Int32: Token] = [:]
  /// Subscriptions that are not answered yet.
  private var filters: [Int32: String] = [:]
  private var housekeeping: TimerToken?
  /// Which one of a broker's addresses is tried first. Attempts that come to nothing go to the next one.
  private var turns: [Int: Int] = [:]
  private var broker = 0
  /// What is being done, for a person: with the address, if the broker has several.
  private var attempt = "connect"
  /// What the connection was made with.
  private var files: TLSFiles?

  /// `tell` is called on the loop.
  public init(_ options: MosquittoOptions, loop: any Loop, tell: @escaping @Sendable (TransportEvent) -> Void) {
    adaptation = Adaptation(options)
    self.loop = loop
    self.tell = tell
  }

  // MARK: Transport

  public var version: String { options.version == .v5 ? "5" : "3.1.1" }

  public func connect(broker: Int) {
    abandon()
    adaptation.connecting(at: loop.now)
    files = options.tls.map(TLSFiles.init)
    self.broker = broker
    attempt = "connect"
    let address = options.brokers[broker % options.brokers.count]
    do throws(LinkFailure) {
      // Looks the name up before it returns: a few seconds at worst, on a thread that has nothing else to do.
      let hosts = try hosts(of: address)
      for host in hosts.dropLast() where try dial(host, address.port) == nil { return dialling(host) }
      guard let host = hosts.last else { return }
      if let failure = try dial(host, address.port) { throw failure }
      dialling(host)
    } catch {
      fail(error)
    }
  }

  /// What the library is to connect to. With TLS it is the name, which the certificate has to be for; then libmosquitto
  /// looks it up, and chooses.
  private func hosts(of address: MosquittoOptions.Broker) throws(LinkFailure) -> [String] {
    guard options.tls == nil else { return [address.host] }
    return Addresses.turned(try Addresses.of(address.host), by: turns[broker] ?? 0)
  }

  /// Returns why the attempt could not even begin.
  private func dial(_ host: String, _ port: UInt16) throws(LinkFailure) -> LinkFailure? {
    if let handle { mosquitto_destroy(handle) }
    handle = nil
    sink = CallbackSink(usesTLS: options.tls != nil)
    let handle = try MosquittoHandle.make(options, sink)
    self.handle = handle
    let seconds = Int32(clamping: options.keepAlive.components.seconds)
    if let limit = options.incomingLimit, options.version == .v5 {
      // The library would take whatever comes, up to 256 MiB.
      MosquittoHandle.setConnectProperties(handle, host: host, keepAlive: seconds) {
        mosquitto_property_add_int32(&$0, Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), limit)
      }
    }
    let code = mosquitto_connect_async(handle, host, Int32(port), seconds)
    let errnoValue = errno
    if host != options.brokers[broker % options.brokers.count].host { attempt = "connect to \(host)" }
    return failure(attempt, code, errnoValue: errnoValue)
  }

  private func dialling(_ host: String) {
    phase = .dialling
    descriptor = mosquitto_socket(handle)
    limitSilence()
    watch(.writing)
    let way = options.tls == nil ? "to \(host)" : Addresses.way(of: descriptor)
    if options.tls != nil { attempt = "connect \(way)" }
    tell(.dialling(way))
  }

  /// Written data that nobody acknowledges for so long ends the connection, also when the library waits for its ping.
  private func limitSilence() {
    var milliseconds = UInt32(clamping: options.silence.components.seconds * 1_000)
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, socklen_t(MemoryLayout<UInt32>.size))
  }

  public func publish(_ message: Message, token: Token) {
    guard phase == .up, let handle else { return }
    var id: Int32 = 0
    let properties = options.version == .v5 ? message.properties.flatMap { PropertyList($0) } : nil
    let code = mosquitto_publish_v5(
      handle, &id, message.topic, Int32(clamping: message.payload.count), message.payload,
      min(options.qos, welcome.maximumQoS), message.isRetained && welcome.mayRetain, properties?.list)
    if let refusal = Reasons.unfit(code) { return tell(.acknowledged(token, refusal)) }
    tokens[id] = token
    guard succeeded("publish", code) else { return }
    settle()
  }

  public func subscribe(to subscriptions: [TopicSubscription]) {
    for subscription in subscriptions {
      guard phase == .up, let handle else { return }
      // To ask all the same would be an error of the protocol (MQTT 5.0, 3.2.2.3.13).
      guard !subscription.isShared || options.version == .v5 && welcome.hasSharedSubscriptions else {
        tell(.notSubscribed(filter: subscription.filter, meaning: "the broker has no shared subscriptions"))
        continue
      }
      // A shared subscription must not have it (MQTT 5.0, 3.8.3.1).
      let flags = options.version == .v5 && !subscription.isShared ? Int32(MQTT_SUB_OPT_NO_LOCAL.rawValue) : 0
      var id: Int32 = 0
      guard
        succeeded("subscribe", mosquitto_subscribe_v5(handle, &id, subscription.filter, Self.subscribedQoS, flags, nil))
      else { return }
      filters[id] = subscription.filter
      settle()
    }
  }
  private static let subscribedQoS: Int32 = 1

  public func disconnect() {
    guard phase == .up, let handle else { return fail(.closed) }
    phase = .leaving
    _ = mosquitto_disconnect_v5(handle, 0, nil)
    settle()
  }

  public func abandon() {
    if descriptor >= 0 { loop.unwatch(descriptor) }
    if phase != .leaving { forgetUnsent() }
    if phase == .dialling || phase == .handshaking { turns[broker] = (turns[broker] ?? 0) + 1 }
    if let housekeeping { loop.cancel(housekeeping) }
    if let handle { mosquitto_destroy(handle) }
    housekeeping = nil
    handle = nil
    descriptor = -1
    watched = []
    tokens = [:]
    filters = [:]
    phase = .off
  }

  /// The kernel would go on trying to send what is left of a dead connection, for minutes after it was closed; when the
  /// network is back the broker would have it twice.
  private func forgetUnsent() {
    // The library may have closed it, and the number can be somebody else's by now.
    guard let handle, descriptor >= 0, mosquitto_socket(handle) == descriptor else { return }
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
  }

  // MARK: Driving the library

  private func ready(_ readiness: Readiness) {
    guard let handle else { return }
    switch phase {
    case .off, .handshaking: return
    case .dialling: dialled()
    case .up, .leaving:
      if readiness.contains(.reading), !succeeded("read", mosquitto_loop_read(handle, 1)) { return }
      if readiness.contains(.writing), mosquitto_want_write(handle),
        !succeeded("write", mosquitto_loop_write(handle, 1))
      {
        return
      }
      settle()
    }
  }

  /// The TCP connection stands or has failed.
  private func dialled() {
    var error: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
    guard error == 0 else {
      return fail(
        Reasons.failure(attempt, Int32(MOSQ_ERR_ERRNO.rawValue), errnoValue: error, complaint: nil))
    }
    loop.unwatch(descriptor)
    watched = []
    phase = .handshaking
    tell(.dialled)
    shakeHands(with: handle)
  }

  /// One short turn of the library's own loop, and then the next, until the broker has answered. The courier has the
  /// deadline.
  private func shakeHands(with attempted: OpaquePointer?) {
    guard phase == .handshaking, let handle, handle == attempted else { return }
    guard succeeded("handshake", mosquitto_loop(handle, 50, 1)) else { return }
    settle()
    if phase == .handshaking { post { $0.shakeHands(with: $0.handle) } }
  }

  /// Once in a while the library looks after its keep-alive.
  private func keepHouse() {
    housekeeping = nil
    guard phase == .up, let handle, succeeded("keep-alive", mosquitto_loop_misc(handle)) else { return }
    settle()
    guard phase == .up else { return }
    if files?.wereReplaced(isBusy: !tokens.isEmpty) == true { return renew(handle) }
    scheduleHousekeeping()
  }

  /// Says goodbye, which is written at once, and does not wait for the broker to close: the next attempt uses the new
  /// files.
  private func renew(_ handle: OpaquePointer) {
    _ = mosquitto_disconnect_v5(handle, 0, nil)
    fail(.credentialsReplaced)
  }

  private func scheduleHousekeeping() {
    let keepAlive = min(options.keepAlive, welcome.keepAlive ?? options.keepAlive)
    let interval = Duration.nanoseconds(max(500_000_000, keepAlive.nanoseconds / 6))
    housekeeping = loop.schedule(at: loop.now + interval) { self.assumeIsolated { $0.keepHouse() } }
  }

  /// After every call of the library: passes on what its callbacks noted, and asks for what the socket needs next.
  private func settle() {
    for note in sink.take() {
      switch note {
      case .connected(let reason, let welcome): answered(reason, welcome)
      case .disconnected(let reason):
        return fail(Reasons.disconnection(reason, errnoValue: errno, complaint: sink.complaint))
      case .published(let message, let reason):
        if let token = tokens.removeValue(forKey: message) {
          tell(.acknowledged(token, Reasons.acknowledgement(reason)))
        }
      case .subscribed(let message, let answer):
        if let filter = filters.removeValue(forKey: message) { tell(Reasons.subscription(filter, answer)) }
      case .received(let message): tell(.received(message))
      }
    }
    guard phase == .up || phase == .leaving, let handle else { return }
    watch(mosquitto_want_write(handle) ? [.reading, .writing] : .reading)
  }

  private func answered(_ reason: Int32, _ welcome: Welcome) {
    guard reason == 0 else { return fail(Reasons.refusal(reason, version: options.version)) }
    guard phase == .handshaking else { return }
    phase = .up
    self.welcome = welcome
    adaptation.welcomed()
    scheduleHousekeeping()
    tell(
      .connected(
        receiveMaximum: welcome.receiveMaximum, maximumPacket: welcome.maximumPacket,
        isAcknowledging: options.qos == 0 || welcome.maximumQoS > 0))
  }

  private func watch(_ interest: Readiness) {
    guard interest != watched else { return }
    watched = interest
    loop.watch(descriptor, for: interest) { readiness in self.assumeIsolated { $0.ready(readiness) } }
  }

  private func succeeded(_ operation: String, _ code: Int32) -> Bool {
    guard let failure = failure(operation, code, errnoValue: errno) else { return true }
    fail(failure)
    return false
  }

  /// `errnoValue`: to be taken right after the library's call, which returned `code`.
  private func failure(_ operation: String, _ code: Int32, errnoValue: Int32) -> LinkFailure? {
    guard code != Int32(MOSQ_ERR_SUCCESS.rawValue) else { return nil }
    return callbackFailure()
      ?? Reasons.failure(operation, code, errnoValue: errnoValue, complaint: sink.complaint)
  }

  /// What the broker said before the library gave up tells more than the library's code. Acknowledgements that came
  /// with the same packet are passed on first.
  private func callbackFailure() -> LinkFailure? {
    var failure: LinkFailure?
    for note in sink.take() {
      switch note {
      case .connected(let reason, _) where reason != 0: failure = Reasons.refusal(reason, version: options.version)
      case .disconnected(let reason) where reason >= 128:
        failure = failure ?? Reasons.disconnection(reason, errnoValue: 0, complaint: nil)
      case .published(let message, let reason):
        if let token = tokens.removeValue(forKey: message) {
          tell(.acknowledged(token, Reasons.acknowledgement(reason)))
        }
      case .connected, .disconnected, .subscribed, .received: break
      }
    }
    return failure
  }

  private func fail(_ failure: LinkFailure) {
    let isGoodbye = phase == .leaving
    let adapted = phase == .handshaking ? adaptation.failed(failure, at: loop.now) : nil
    abandon()
    tell(.failed(isGoodbye ? .closed : adapted.map { .adapted($0) } ?? failure))
  }
}
