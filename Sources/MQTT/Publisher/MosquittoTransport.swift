import CGuard
import CMosquitto
import Glibc
import Messages
import Scheduling
import Telemetry
import Uplink

/// libmosquitto behind the uplink's seam. It is driven by our own loop, and every call of the library is made on the
/// loop's thread.
///
/// The library's own loops are not usable in a program that has to run for years: its thread ends for good on a refused
/// MQTT 5 CONNACK, on a DISCONNECT from the broker, or on a TLS error, and its reconnect blocks for minutes. Here each
/// attempt goes through three phases. The first is the TCP connection, which we watch ourselves. The second is the
/// handshake, driven by `mosquitto_loop`, because with 2.0.21 a loop of our own would spin during TLS. The third is
/// reading and writing when the socket is ready. Any return code other than success ends the connection.
package actor MosquittoTransport: Transport {
  private enum Phase {
    case off, dialling, handshaking, up, leaving
  }

  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// One for each broker.
  private var fallbacks: [ProtocolFallback]
  var options: MosquittoOptions { fallbacks[broker].options }
  private(set) var welcome = ConnackProperties()
  /// The topics of what the gateway publishes, and of its commands.
  let topics: TopicBook
  /// Largest size of a packet without its payload, in bytes.
  private let overhead: Int
  /// The message that the broker publishes when it loses us. It is asked for at each attempt.
  private let will: @Sendable () -> Message
  let tell: @Sendable (TransportEvent) -> Void
  private var sink = CallbackSink(usesTLS: false)
  private(set) var handle: OpaquePointer?
  private var phase = Phase.off
  private var handshake = Handshake(usesTLS: false)
  private var budget = MemoryBudget()
  /// For each broker, what the next attempt does without, in words. The attempt reports it when it begins.
  private var adapted: [Int: String] = [:]
  private var descriptor: Int32 = -1
  private var watched: Readiness = []
  var tokens: [Int32: Token] = [:]
  /// The subscriptions that are not yet answered, by message id.
  var subscriptions: [Int32: (inlet: Inlet, filter: String)] = [:]
  private var housekeeping: TimerToken?
  /// Which of a broker's addresses is tried first, by broker. After a failed attempt it is the next one.
  private var turns: [Int: Int] = [:]
  private var broker = 0
  /// The current operation, in words for a person: with the address, if the broker has several.
  private var attempt = "connect"
  /// The certificate files that the connection was made with.
  private var files: TLSFiles?

  /// `describes`: messages have a content type and headers. `will` and `tell` are called on the loop.
  package init(
    _ options: MosquittoOptions, _ topics: TopicBook, describes: Bool, loop: any Loop,
    will: @escaping @Sendable () -> Message, tell: @escaping @Sendable (TransportEvent) -> Void
  ) {
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
    drop()
    self.broker = broker % fallbacks.count
    fallbacks[self.broker].connecting(at: loop.now)
    if let how = adapted.removeValue(forKey: self.broker) { tell(.adapted(how)) }
    files = options.tls.map(TLSFiles.init)
    attempt = "connect"
    let address = options.brokers[self.broker]
    do throws(MosquittoFailure) {
      // Blocks while the name is looked up: a few seconds at worst, on a thread that has nothing else to do.
      let hosts = try hosts(of: address)
      for host in hosts.dropLast() where try dial(host, address.port) == nil { return dialling(host) }
      guard let host = hosts.last else { return }
      if let failure = try dial(host, address.port) { throw failure }
      dialling(host)
    } catch {
      fail(error)
    }
  }

  /// The hosts to pass to the library. With TLS it needs the name, to which the certificate is issued; libmosquitto
  /// then looks the name up, and chooses the address.
  private func hosts(of address: MosquittoOptions.Broker) throws(MosquittoFailure) -> [String] {
    guard options.tls == nil else { return [address.host] }
    return Addresses.turned(try Addresses.of(address.host), by: turns[broker] ?? 0)
  }

  /// Returns why the attempt could not even begin; nil: it has begun.
  private func dial(_ host: String, _ port: UInt16) throws(MosquittoFailure) -> MosquittoFailure? {
    if let handle { mosquitto_destroy(handle) }
    handle = nil
    sink = CallbackSink(usesTLS: options.tls != nil)
    let handle = try MosquittoHandle.make(options, topics, will: will(), sink)
    self.handle = handle
    let seconds = Int32(clamping: options.keepAlive.components.seconds)
    if let limit = options.incomingLimit, options.version == .v5 {
      // Without this the library would take any packet up to 256 MiB.
      try MosquittoHandle.setConnectProperties(handle, host: host, keepAlive: seconds) {
        mosquitto_property_add_int32(&$0, Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), limit)
      }
    }
    let code = mosquitto_connect_async(handle, host, Int32(port), seconds)
    let errnoValue = errno
    if host != options.brokers[broker].host { attempt = "connect to \(host)" }
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

  /// Ends the connection when written data is not acknowledged for this long, also while the library waits for its
  /// ping.
  private func limitSilence() {
    var milliseconds = UInt32(clamping: options.silence.components.seconds * 1_000)
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, socklen_t(MemoryLayout<UInt32>.size))
  }

  var isUp: Bool { phase == .up }

  package func disconnect() {
    guard phase == .up, let handle else { return fail(.closed) }
    phase = .leaving
    _ = mosquitto_disconnect_v5(handle, 0, nil)
    settle()
  }

  package func abandon() {
    if phase == .handshaking, handshake.isAsked {
      adapted[broker] = fallbacks[broker].wasIgnored(wasClosed: false, at: loop.now)
    }
    drop()
  }

  private func drop() {
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
    subscriptions = [:]
    phase = .off
  }

  /// Makes the kernel discard what is left to send on a dead connection. It would otherwise go on trying for minutes
  /// after the connection was closed, and when the network is back the broker would receive the data twice.
  private func forgetUnsent() {
    // The library may have closed the socket, and its number may belong to another file by now.
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
      if readiness.contains(.reading) {
        let (code, errnoValue) = budget.within(at: loop.now) { (cguard_loop_read(handle, 1), errno) }
        guard succeeded("read", code, errnoValue: errnoValue), isModest(handle) else { return }
      }
      if readiness.contains(.writing), mosquitto_want_write(handle),
        !succeeded("write", mosquitto_loop_write(handle, 1))
      {
        return
      }
      settle()
    }
  }

  /// The TCP connection has been made, or has failed.
  private func dialled() {
    var error: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
    // A connection that was made, and reset before we looked, may have delivered the CONNECT.
    guard error == 0 || error == ECONNRESET else {
      return fail(
        Reasons.failure(attempt, Int32(MOSQ_ERR_ERRNO.rawValue), errnoValue: error, complaint: nil))
    }
    loop.unwatch(descriptor)
    watched = []
    phase = .handshaking
    handshake = Handshake(usesTLS: options.tls != nil)
    guard error == 0 else {
      if let handle { handshake.noteWhetherAsked(handle) }
      _ = succeeded("handshake", Int32(MOSQ_ERR_ERRNO.rawValue), errnoValue: error)
      return
    }
    tell(.dialled)
    shakeHands(with: handle)
  }

  /// Runs one short turn of the library's own loop, and then the next, until the broker has answered. The courier has
  /// the deadline.
  private func shakeHands(with attempted: OpaquePointer?) {
    guard phase == .handshaking, let handle, handle == attempted else { return }
    switch handshake.turn(of: handle, descriptor) {
    case .waiting: break
    case .stranger(let words): return fail(.notMQTT(words))
    case .code(let code, let errnoValue):
      guard succeeded("handshake", code, errnoValue: errnoValue) else { return }
      settle()
    }
    if phase == .handshaking { post { $0.shakeHands(with: $0.handle) } }
  }

  /// Lets the library do its keep-alive work, at intervals.
  private func keepHouse() {
    housekeeping = nil
    guard phase == .up, let handle, succeeded("keep-alive", mosquitto_loop_misc(handle)) else { return }
    settle()
    guard phase == .up else { return }
    if files?.wereReplaced(isBusy: !tokens.isEmpty) == true { return renew(handle, .credentialsReplaced) }
    if tokens.isEmpty, fallbacks[broker].isPast(at: loop.now) {
      return renew(handle, .askingAnew)
    }
    scheduleHousekeeping()
  }

  /// Sends a DISCONNECT, which is written at once, and does not wait for the broker to close: the next attempt uses the
  /// new files.
  private func renew(_ handle: OpaquePointer, _ why: MosquittoFailure) {
    _ = mosquitto_disconnect_v5(handle, 0, nil)
    fail(why)
  }

  /// Gives up on a broker that would fill the memory with what it sends.
  private func isModest(_ handle: OpaquePointer) -> Bool {
    if !mosquitto_want_write(handle) { sink.written() }
    var excess: String?
    if sink.hasQoS2 { excess = "it sends messages with QoS 2, which nobody has asked for" }
    if sink.unanswered > Self.mostUnanswered { excess = "it sends messages, and does not take our acknowledgements" }
    guard let excess else { return true }
    // Messages that the same bytes acknowledged need not be sent again.
    _ = callbackFailure()
    fail(
      .library(operation: "read", code: Int32(MOSQ_ERR_PROTOCOL.rawValue), detail: "given up on the broker: " + excess))
    return false
  }
  private static let mostUnanswered = 5_000

  private func scheduleHousekeeping() {
    let keepAlive = min(options.keepAlive, welcome.keepAlive ?? options.keepAlive)
    let interval = Duration.nanoseconds(max(500_000_000, keepAlive.nanoseconds / 6))
    housekeeping = loop.schedule(at: loop.now + interval) { self.assumeIsolated { $0.keepHouse() } }
  }

  /// To be called after every call of the library: passes on what its callbacks noted, and watches the socket for what
  /// the library needs next.
  func settle() {
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
        if let (inlet, filter) = subscriptions.removeValue(forKey: message) {
          tell(Reasons.subscription(inlet, filter, answer))
        }
      case .received(let message): tell(.received(message.judged(by: topics)))
      }
    }
    guard phase == .up || phase == .leaving, let handle else { return }
    watch(mosquitto_want_write(handle) ? [.reading, .writing] : .reading)
  }

  private func answered(_ reason: Int32, _ welcome: ConnackProperties) {
    guard reason == 0 else { return fail(Reasons.refusal(reason, version: options.version)) }
    guard phase == .handshaking else { return }
    phase = .up
    self.welcome = welcome
    fallbacks[broker].welcomed()
    scheduleHousekeeping()
    tell(
      .connected(
        Capabilities(
          window: welcome.receiveMaximum, largestPayload: welcome.maximumPacket.map { max(0, $0 - overhead) },
          isAcknowledging: options.qos == 0 || welcome.maximumQoS > 0, keepsState: welcome.mayRetain)))
  }

  private func watch(_ interest: Readiness) {
    guard interest != watched else { return }
    watched = interest
    loop.watch(descriptor, for: interest) { readiness in self.assumeIsolated { $0.ready(readiness) } }
  }

  private func succeeded(_ operation: String, _ code: Int32) -> Bool {
    succeeded(operation, code, errnoValue: errno)
  }

  /// `errnoValue`: `errno` taken right after the library's call, which returned `code`.
  func succeeded(_ operation: String, _ code: Int32, errnoValue: Int32) -> Bool {
    guard let failure = failure(operation, code, errnoValue: errnoValue) else { return true }
    fail(phase == .up ? standing(failure, code) : failure, isEnd: Reasons.isEnd(code, errnoValue))
    return false
  }

  private func standing(_ failure: MosquittoFailure, _ code: Int32) -> MosquittoFailure {
    guard options.qos == 2, sink.hasPuback, code == Int32(MOSQ_ERR_PROTOCOL.rawValue) else { return failure }
    return .adapted(fallbacks[broker].answeredAsQoS1())
  }

  /// The feature that the next attempt has to do without, if that is why this one has failed. `isEnd`: the other side
  /// has closed
  /// the connection.
  private func adapt(to failure: MosquittoFailure, isEnd: Bool) -> String? {
    // If OpenSSL has given a reason, such as a certificate that the broker refuses, that is the cause.
    guard isEnd, handshake.isAsked, !sink.complaint.hasTLSReason, case .library = failure else {
      return fallbacks[broker].failed(failure, at: loop.now)
    }
    return fallbacks[broker].wasIgnored(wasClosed: true, at: loop.now)
  }

  /// `errnoValue`: `errno` taken right after the library's call, which returned `code`.
  private func failure(_ operation: String, _ code: Int32, errnoValue: Int32) -> MosquittoFailure? {
    guard code != Int32(MOSQ_ERR_SUCCESS.rawValue) else { return nil }
    return callbackFailure()
      ?? Reasons.failure(
        operation, code, errnoValue: errnoValue, complaint: sink.complaint, isAnswer: phase == .handshaking)
  }

  /// Looks for the broker's own reason for the end, which tells more than the library's code. Acknowledgements that
  /// came with the same packet are passed on first.
  private func callbackFailure() -> MosquittoFailure? {
    var failure: MosquittoFailure?
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

  private func fail(_ failure: MosquittoFailure, isEnd: Bool = false) {
    let isGoodbye = phase == .leaving
    let adapted = phase == .handshaking ? adapt(to: failure, isEnd: isEnd) : nil
    drop()
    let final: MosquittoFailure = isGoodbye ? .closed : adapted.map { .adapted($0) } ?? failure
    tell(.failed(final.linkFailure))
  }
}
