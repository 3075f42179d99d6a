import CGuard
import CMosquitto
import Glibc
import Scheduling
import Telemetry
import Uplink

/// One connection to a broker on libmosquitto, or an attempt at one. It is driven by our own loop, and every call of the
/// library is made on the loop's thread.
///
/// The library's own loops are not usable in a program that has to run for years: its thread ends for good on a refused
/// MQTT 5 CONNACK, on a DISCONNECT from the broker, or on a TLS error, and its reconnect blocks for minutes. Here each
/// attempt goes through three phases. The first is the TCP connection, which we watch ourselves. The second is the
/// handshake, driven by `mosquitto_loop`, because with 2.0.21 a loop of our own would spin during TLS. The third is
/// reading and writing when the socket is ready. Any return code other than success ends the connection.
///
/// The link is a part of its owner. Its functions run isolated to the owner and call it with `LinkEvent`s.
final class MosquittoLink {
  private let role: LinkRole
  private let loop: any Loop
  private(set) var phase = LinkPhase.off
  /// The present attempt, or the connection that it has led to. Nil: there is none.
  private var dial: Dial?
  /// Counts the connections: whatever belongs to an earlier one comes too late.
  private var number: UInt64 = 0
  private var handshake = Handshake(usesTLS: false)
  private var budget = MemoryBudget()
  private var descriptor: Int32 = -1
  private var watched: Readiness = []
  /// Keeps the socket open when the library has closed it; -1: none.
  private var spare: Int32 = -1
  private var housekeeping: TimerToken?
  /// Which of a broker's addresses is tried first. After a failed attempt it is the next one.
  private var turns: [MosquittoOptions.Broker: Int] = [:]

  init(_ role: LinkRole, loop: any Loop) {
    self.role = role
    self.loop = loop
  }

  /// For calls of the library whose results are passed to `settle`. Nil: there is no connection, nor an attempt.
  var handle: MosquittoHandle? { dial?.handle }

  var isUp: Bool { phase == .up }

  /// The CONNECT has been sent, and has not been answered.
  var isAsking: Bool { phase == .handshaking && handshake.isAsked }

  // MARK: Dialling

  /// Starts an attempt with a new handle. It leads to `connected` or `ended`, or to neither: the owner has to set the
  /// deadline.
  func connect(_ request: LinkRequest, for owner: isolated some LinkOwner) {
    drop()
    do throws(MosquittoFailure) {
      let dial = try Dial.begin(request, role, turn: turns[request.broker] ?? 0)
      self.dial = dial
      descriptor = dial.descriptor
      phase = .dialling
      watch(.writing, for: owner)
      owner.handle(.dialling(dial.way))
    } catch {
      end(error, for: owner)
    }
  }

  /// The TCP connection has been made, or has failed.
  private func dialled(for owner: isolated some LinkOwner) {
    guard let dial else { return }
    let error = Socket.connectError(descriptor)
    // A connection that was made, and reset before we looked, may have delivered the CONNECT.
    guard error == 0 || error == ECONNRESET else {
      return end(Reasons.failure(dial.operation, LibraryResult(systemError: error), complaint: nil), for: owner)
    }
    loop.unwatch(descriptor)
    watched = []
    phase = .handshaking
    handshake = Handshake(usesTLS: dial.request.options.tls != nil)
    guard error == 0 else {
      handshake.noteWhetherAsked(dial.handle.pointer)
      return settle("handshake", LibraryResult(systemError: error), for: owner)
    }
    owner.handle(.dialled)
    shakeHands(number, for: owner)
  }

  /// Runs one short turn of the library's own loop, and then the next, until the broker has answered.
  private func shakeHands(_ number: UInt64, for owner: isolated some LinkOwner) {
    guard phase == .handshaking, number == self.number, let handle else { return }
    switch handshake.turn(of: handle.pointer, descriptor) {
    case .waiting: break
    case .stranger(let words): return end(.notMQTT(words), for: owner)
    case .result(let result): settle("handshake", result, for: owner)
    }
    guard phase == .handshaking, number == self.number else { return }
    owner.post { $0.link.shakeHands(number, for: $0) }
  }

  // MARK: Driving the library

  private func watch(_ interest: Readiness, for owner: isolated some LinkOwner) {
    guard interest != watched else { return }
    watched = interest
    loop.watch(descriptor, for: interest) { readiness in
      owner.assumeIsolated { $0.link.ready(readiness, for: $0) }
    }
  }

  private func ready(_ readiness: Readiness, for owner: isolated some LinkOwner) {
    switch phase {
    case .off, .handshaking: return
    case .dialling: dialled(for: owner)
    case .draining: if Socket.hasEnded(descriptor) { end(.closed, for: owner) }
    case .up, .leaving:
      guard let handle else { return }
      guard readiness.contains(.reading) else { return settle("write", .success, for: owner) }
      let result = budget.within(at: loop.now) { LibraryResult { cguard_loop_read(handle.pointer, 1) } }
      settle("read", result, for: owner)
    }
  }

  /// To be called after every call of the library, with its result. Passes on what its callbacks noted. Then it ends
  /// the connection if the call has failed, or else sends what the library has to send, including acknowledgements.
  func settle(_ operation: String, _ result: LibraryResult, for owner: isolated some LinkOwner) {
    guard passOn(operation, result, for: owner), isUp || phase == .leaving, let handle else { return }
    if handle.wantsToWrite {
      let written = LibraryResult { mosquitto_loop_write(handle.pointer, 1) }
      guard passOn("write", written, for: owner), isUp || phase == .leaving else { return }
    }
    if !handle.wantsToWrite { handle.sink.intake.written() }
    watch(handle.wantsToWrite ? [.reading, .writing] : .reading, for: owner)
  }

  /// Returns false if this has ended the connection. A reason from the broker tells more than the code of the call.
  private func passOn(_ operation: String, _ result: LibraryResult, for owner: isolated some LinkOwner) -> Bool {
    guard let sink = handle?.sink else { return false }
    let number = number
    let excess = sink.intake.excess
    while let note = sink.next() {
      pass(note, hasFailed: !result.isSuccess, for: owner)
      guard number == self.number else { return false }
    }
    if !result.isSuccess {
      let isAnswer = phase == .handshaking
      let failure = Reasons.failure(operation, result, complaint: sink.complaint, isAnswer: isAnswer)
      end(failure, silence: wasIgnored(failure, result) ? .closed : nil, for: owner)
    } else if let excess {
      let detail = "given up on the broker: " + excess
      end(.library(operation: operation, code: Int32(MOSQ_ERR_PROTOCOL.rawValue), detail: detail), for: owner)
    }
    return number == self.number
  }

  /// The broker has closed the connection when it was sent our CONNECT, and has not said why.
  private func wasIgnored(_ failure: MosquittoFailure, _ result: LibraryResult) -> Bool {
    // If OpenSSL has given a reason, such as a certificate that the broker refuses, that is the cause.
    guard isAsking, handle?.sink.complaint.hasTLSReason == false, case .library = failure else { return false }
    return Reasons.isEnd(result.code, result.errnoValue)
  }

  private func pass(_ note: CallbackSink.Note, hasFailed: Bool, for owner: isolated some LinkOwner) {
    switch note {
    case .connected(0, let connack): welcomed(connack, for: owner)
    case .connected(let reason, _):
      end(Reasons.refusal(reason, version: dial?.request.options.version ?? .v5), for: owner)
    case .disconnected(0, _) where phase == .leaving: waitForEnd(for: owner)
    case .disconnected(let reason, let errnoValue) where reason >= 128 || !hasFailed:
      end(Reasons.disconnection(reason, errnoValue: errnoValue, complaint: handle?.sink.complaint), for: owner)
    // The code of the call says the same.
    case .disconnected: break
    case .published(let message, let reason): owner.handle(.published(message: message, reason: reason))
    case .subscribed(let message, let answer): owner.handle(.subscribed(message: message, answer: answer))
    case .received(let message): if phase != .leaving { owner.handle(.received(message)) }
    }
  }

  private func welcomed(_ connack: Connack, for owner: isolated some LinkOwner) {
    guard phase == .handshaking, let wanted = dial?.request.options.keepAlive else { return }
    phase = .up
    let keepAlive = min(wanted, connack.keepAlive ?? wanted)
    keepHouse(every: .nanoseconds(max(500_000_000, keepAlive.nanoseconds / 6)), for: owner)
    owner.handle(.connected(connack))
  }

  /// Lets the library do its keep-alive work, at intervals.
  private func keepHouse(every interval: Duration, for owner: isolated some LinkOwner) {
    let number = number
    housekeeping = loop.schedule(at: loop.now + interval) {
      owner.assumeIsolated { $0.link.keepHouse(number, every: interval, for: $0) }
    }
  }

  private func keepHouse(_ number: UInt64, every interval: Duration, for owner: isolated some LinkOwner) {
    guard isUp, number == self.number, let handle else { return }
    settle("keep-alive", LibraryResult { mosquitto_loop_misc(handle.pointer) }, for: owner)
    guard isUp, number == self.number else { return }
    keepHouse(every: interval, for: owner)
    owner.handle(.tended)
  }

  // MARK: Ending

  /// Sends a DISCONNECT; ends in `ended` once the broker has closed the connection. No further message is passed on.
  func disconnect(for owner: isolated some LinkOwner) {
    guard isUp, let handle else { return end(.closed, for: owner) }
    phase = .leaving
    spare = dup(descriptor)
    settle("disconnect", LibraryResult { mosquitto_disconnect_v5(handle.pointer, 0, nil) }, for: owner)
  }

  /// The library closes its socket after its DISCONNECT. Closing one with unread data makes the kernel throw away what
  /// was written to it, acknowledgements included. So a second descriptor keeps it open until the broker closes.
  private func waitForEnd(for owner: isolated some LinkOwner) {
    loop.unwatch(descriptor)
    watched = []
    descriptor = spare
    spare = -1
    guard descriptor >= 0 else { return end(.closed, for: owner) }
    phase = .draining
    shutdown(descriptor, Int32(SHUT_WR))
    watch(.reading, for: owner)
  }

  /// Sends a DISCONNECT, which is written at once, and does not wait for the broker to close.
  func renew(_ why: MosquittoFailure, for owner: isolated some LinkOwner) {
    if let handle { _ = mosquitto_disconnect_v5(handle.pointer, 0, nil) }
    end(why, for: owner)
  }

  /// Ends the connection or the attempt at once. `silence`: how the broker has left our CONNECT unanswered, if it has.
  func end(_ failure: MosquittoFailure, silence: LinkEnd.Silence? = nil, for owner: isolated some LinkOwner) {
    let isGoodbye = phase == .leaving || phase == .draining
    let end = LinkEnd(
      failure: isGoodbye ? .closed : failure, phase: phase, silence: silence,
      hadPuback: handle?.sink.intake.hasPuback ?? false, addresses: dial?.addresses ?? 1)
    drop()
    owner.handle(.ended(end))
  }

  /// Drops the connection or the attempt at once. No event follows.
  func drop() {
    number += 1
    if descriptor >= 0 { loop.unwatch(descriptor) }
    if let housekeeping { loop.cancel(housekeeping) }
    switch phase {
    case .off, .leaving: break
    case .dialling, .handshaking:
      if let dial { turns[dial.request.broker, default: 0] += 1 }
      forgetUnsent()
    case .up: forgetUnsent()
    case .draining: close(descriptor)
    }
    if spare >= 0 { close(spare) }
    dial = nil
    housekeeping = nil
    descriptor = -1
    spare = -1
    watched = []
    phase = .off
  }

  /// A subscriber's unsent data may still be of use.
  private func forgetUnsent() {
    // The library may have closed the socket, and its number may belong to another file by now.
    guard role == .publisher, let handle, descriptor >= 0, mosquitto_socket(handle.pointer) == descriptor else {
      return
    }
    Socket.forgetUnsent(descriptor)
  }
}
