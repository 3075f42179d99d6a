import CGuard
import CMosquitto
import Glibc
import Scheduling
import Telemetry
import Uplink

/// A subscriber on libmosquitto. It is driven by our own loop in the three phases of `MosquittoTransport`, for the same
/// reasons.
///
/// A message is acknowledged only after the handler has dealt with it. By default the library writes its PUBACK before
/// it even calls back: a process that is killed in between has lost a message. `mosquitto_threaded_set` makes it queue
/// what it has to send until we call `mosquitto_loop_write`.
package actor MosquittoSubscriber: Pinned {
  private enum Phase {
    case off, dialling, handshaking, up, leaving
  }

  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private var fallback: ProtocolFallback
  private var options: MosquittoOptions { fallback.options }
  /// Only the first broker is used: a tool reports that it cannot connect, and ends.
  private var broker: MosquittoOptions.Broker { options.brokers[0] }
  private let subscription: Subscription
  private let tell: @Sendable (SubscriberEvent) -> Void
  private var sink = SubscriptionSink(usesTLS: false)
  private var handle: OpaquePointer?
  private var phase = Phase.off
  private var descriptor: Int32 = -1
  private var watched: Readiness = []
  private var hasSession = false
  private var welcome = ConnackProperties()
  private var handshake = Handshake(usesTLS: false)
  private var housekeeping: TimerToken?
  private var budget = MemoryBudget()

  /// `tell` is called on the loop. QoS and protocol version are those of the options.
  package init(
    _ options: MosquittoOptions, _ subscription: Subscription, loop: any Loop,
    tell: @escaping @Sendable (SubscriberEvent) -> Void
  ) {
    fallback = ProtocolFallback(options)
    self.subscription = subscription
    self.loop = loop
    self.tell = tell
  }

  /// Starts an attempt with a new handle. Ends in `subscribed`, `refused`, `impossible` or `failed`, or in none of
  /// them: the caller has to set the deadline.
  package func connect() {
    drop()
    fallback.connecting(at: loop.now)
    sink = SubscriptionSink(usesTLS: options.tls != nil)
    do throws(MosquittoFailure) {
      let handle = try MosquittoHandle.make(
        options, cleanStart: subscription.keptFor == nil, context: Unmanaged.passUnretained(sink).toOpaque(),
        attach: SubscriptionSink.attach)
      self.handle = handle
      mosquitto_threaded_set(handle, true)
      phase = .dialling
      let seconds = Int32(clamping: options.keepAlive.components.seconds)
      try keepSession(handle, seconds)
      guard succeeded("connect", mosquitto_connect_async(handle, broker.host, Int32(broker.port), seconds)) else {
        return
      }
      descriptor = mosquitto_socket(handle)
      watch(.writing)
    } catch {
      drop()
      tell(.failed(error.linkFailure))
    }
  }

  /// Sends a DISCONNECT; ends in `failed(.closed)` once the broker has closed the connection. No further message is
  /// taken.
  package func disconnect() {
    guard phase == .up, let handle else { return fail(.closed) }
    phase = .leaving
    // The library closes the socket after its DISCONNECT. Closing one with unread data makes the kernel throw away what
    // was written to it, acknowledgements included. A second descriptor keeps it open until the broker closes.
    let remaining = dup(descriptor)
    loop.unwatch(descriptor)
    watched = []
    _ = mosquitto_disconnect_v5(handle, 0, nil)
    _ = mosquitto_loop_write(handle, 1)
    guard remaining >= 0 else { return fail(.closed) }
    shutdown(remaining, Int32(SHUT_WR))
    descriptor = remaining
    watch(.reading)
  }

  /// Gives up an attempt that was not answered. The failure tells whether another attempt is worthwhile.
  package func giveUp() {
    var failure = MosquittoFailure.library(
      operation: "connect", code: 0, detail: "no answer within 15 s; is this the broker's port?")
    if phase == .handshaking, handshake.isAsked { failure = ignored(wasClosed: false) ?? failure }
    drop()
    tell(.failed(failure.linkFailure))
  }

  private func ignored(wasClosed: Bool) -> MosquittoFailure? {
    let isFirst = options.version == .v5
    if let how = fallback.wasIgnored(wasClosed: wasClosed, at: loop.now) { return .adapted(how) }
    let how = wasClosed ? "the broker has closed the connection" : "the broker does not answer"
    return isFirst ? .adapted(how + " when it was asked for MQTT 5") : nil
  }

  /// Drops the connection or the attempt at once: received messages that are not yet acknowledged will come again, if
  /// the broker keeps the session. No event follows.
  package func abandon() { drop() }

  private func drop() {
    if descriptor >= 0 { loop.unwatch(descriptor) }
    if phase == .leaving { close(descriptor) }
    if let housekeeping { loop.cancel(housekeeping) }
    if let handle { mosquitto_destroy(handle) }
    housekeeping = nil
    handle = nil
    descriptor = -1
    watched = []
    phase = .off
  }

  // MARK: Driving the library

  private func keepSession(_ handle: OpaquePointer, _ keepAlive: Int32) throws(MosquittoFailure) {
    guard let kept = subscription.keptFor, options.version == .v5 else { return }
    let seconds = UInt32(clamping: kept.components.seconds)
    try MosquittoHandle.setConnectProperties(handle, host: broker.host, keepAlive: keepAlive) {
      mosquitto_property_add_int32(&$0, Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue), seconds)
    }
  }

  private func ready(_ readiness: Readiness) {
    switch phase {
    case .off, .handshaking: return
    case .dialling: dialled()
    case .leaving: drain()
    case .up:
      guard let handle else { return }
      if readiness.contains(.reading) {
        let (code, errnoValue) = budget.within(at: loop.now) { (cguard_loop_read(handle, 1), errno) }
        guard succeeded("read", code, errnoValue: errnoValue) else { return }
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
      return fail(Reasons.failure("connect", Int32(MOSQ_ERR_ERRNO.rawValue), errnoValue: error, complaint: nil))
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
    shakeHands(with: handle)
  }

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

  private func answered(_ reason: Int32, hasSession: Bool, _ welcome: ConnackProperties) {
    guard reason == 0 else { return fail(Reasons.refusal(reason, version: options.version)) }
    guard phase == .handshaking, let handle else { return }
    phase = .up
    fallback.welcomed()
    (self.hasSession, self.welcome) = (hasSession, welcome)
    if let obstacle {
      drop()
      return tell(.impossible(obstacle))
    }
    scheduleHousekeeping()
    // Retained messages come once, with a new subscription, not again with one that the broker has kept.
    let flags = options.version == .v5 ? Int32(MQTT_SUB_OPT_SEND_RETAIN_NEW.rawValue) : 0
    _ = succeeded(
      "subscribe", mosquitto_subscribe_v5(handle, nil, subscription.filter, options.qos, flags, nil))
  }

  /// The features that the broker does not support, as it has said. Asking for it all the same would be a protocol
  /// error, and some
  /// brokers then say yes and deliver nothing.
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
      return tell(.subscribed(Terms(hasSession: hasSession, qos: answer, keptFor: kept, isOlder: isOlder)))
    }
    let meaning = String(cString: mosquitto_reason_string(answer))
    abandon()
    tell(.refused(reason: answer, meaning: meaning))
  }

  private func keepHouse() {
    housekeeping = nil
    guard phase == .up, let handle, succeeded("keep-alive", mosquitto_loop_misc(handle)) else { return }
    settle()
    scheduleHousekeeping()
  }

  private func scheduleHousekeeping() {
    let keepAlive = min(options.keepAlive, welcome.keepAlive ?? options.keepAlive)
    let interval = Duration.nanoseconds(max(500_000_000, keepAlive.nanoseconds / 6))
    housekeeping = loop.schedule(at: loop.now + interval) { self.assumeIsolated { $0.keepHouse() } }
  }

  /// To be called after every call of the library: passes on what its callbacks noted, and only then sends what the
  /// library has to send, including acknowledgements.
  private func settle() {
    if let failure = passOn() { return fail(failure) }
    guard phase == .up, let handle else { return }
    if mosquitto_want_write(handle), !succeeded("write", mosquitto_loop_write(handle, 1)) { return }
    watch(mosquitto_want_write(handle) ? [.reading, .writing] : .reading)
  }

  /// The handler may abandon the connection; then nothing more is passed on. Returns what ended the connection.
  private func passOn() -> MosquittoFailure? {
    let current = handle
    for note in sink.take() {
      guard let handle, handle == current else { return nil }
      switch note {
      case .connected(let reason, let hasSession, let welcome): answered(reason, hasSession: hasSession, welcome)
      case .subscribed(let answer): subscribed(answer)
      case .received(let message): tell(.received(message))
      case .disconnected(let reason):
        return Reasons.disconnection(reason, errnoValue: errno, complaint: sink.complaint)
      }
    }
    return nil
  }

  /// Reads and discards until the broker has closed the connection.
  private func drain() {
    let isOver = withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
      read(descriptor, buffer.baseAddress, buffer.count) <= 0
    }
    if isOver { fail(.closed) }
  }

  private func watch(_ interest: Readiness) {
    guard interest != watched else { return }
    watched = interest
    loop.watch(descriptor, for: interest) { readiness in self.assumeIsolated { $0.ready(readiness) } }
  }

  private func succeeded(_ operation: String, _ code: Int32) -> Bool {
    succeeded(operation, code, errnoValue: errno)
  }

  private func succeeded(_ operation: String, _ code: Int32, errnoValue: Int32) -> Bool {
    guard code != Int32(MOSQ_ERR_SUCCESS.rawValue) else { return true }
    let failed = handle
    let said = passOn()
    // A refusal by the broker, noted by a callback, has already ended the connection.
    guard let failed, handle == failed else { return false }
    let isAnswer = phase == .handshaking
    let failure =
      said
      ?? Reasons.failure(operation, code, errnoValue: errnoValue, complaint: sink.complaint, isAnswer: isAnswer)
    fail(failure, isEnd: Reasons.isEnd(code, errnoValue))
    return false
  }

  private func fail(_ failure: MosquittoFailure, isEnd: Bool = false) {
    var failure = failure
    if phase == .handshaking {
      if isEnd, handshake.isAsked, !sink.complaint.hasTLSReason, case .library = failure {
        failure = ignored(wasClosed: true) ?? failure
      } else if let how = fallback.failed(failure, at: loop.now) {
        failure = .adapted(how)
      }
    }
    drop()
    tell(.failed(failure.linkFailure))
  }
}
