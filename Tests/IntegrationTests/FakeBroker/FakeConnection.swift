import Foundation

/// One client of a fake broker, on a thread of its own.
final class FakeConnection: @unchecked Sendable {
  // Used by its thread only, once that runs.
  private let descriptor: Int32
  private let number: Int
  private let manners: Manners
  private let journal: Journal
  private var buffer: [UInt8] = []
  private var level: UInt8 = 5
  private var publications = 0
  private var unanswered: [Publication] = []
  private var isUp = false
  /// Something was lost on the way.
  private var isCut = false
  private var isOver = false
  /// Seconds after which the client has been silent for too long (MQTT 5.0, 3.1.2.10); nil: no limit.
  private var silence: Double?
  private var heard = Date()
  private var limits = Limits()

  /// The limits that the CONNACK has told the client to keep to.
  private struct Limits {
    var inFlight = 65_535
    var qos: UInt8 = 2
    var mayRetain = true
    var size = Int.max
  }

  init(_ descriptor: Int32, number: Int, _ manners: Manners, _ journal: Journal) {
    self.descriptor = descriptor
    self.number = number
    self.manners = manners
    self.journal = journal
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  func run() {
    send(manners.banner)
    while !isOver, !journal.isOver {
      let isDeaf = isUp && manners.isDeaf
      var polled = pollfd(fd: descriptor, events: isDeaf ? 0 : Int16(POLLIN), revents: 0)
      if poll(&polled, 1, 50) == 0 {
        idle()
      } else if isDeaf {
        // The client has gone. Its last bytes could still be read.
        isOver = true
      } else {
        read()
      }
    }
    close(descriptor)
  }

  private func read() {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else {
      isOver = true
      return
    }
    heard = Date()
    buffer += bytes.prefix(count)
    while !isOver, let packet = Packet.take(from: &buffer) { handle(packet) }
  }

  private func idle() {
    for publication in unanswered { answer(publication) }
    unanswered = []
    if let silence, isUp, Date().timeIntervalSince(heard) > silence {
      journal.violation("silent for more than \(silence) s")
      isOver = true
    }
  }

  private func send(_ bytes: [UInt8]) {
    let portion = manners.dribbles ? 1 : max(1, bytes.count)
    for start in stride(from: 0, to: bytes.count, by: portion) {
      let part = Array(bytes[start..<min(bytes.count, start + portion)])
      if Glibc.send(descriptor, part, part.count, Int32(MSG_NOSIGNAL)) < 0 { isOver = true }
      if manners.dribbles { usleep(3_000) }
    }
  }

  private func handle(_ packet: Packet) {
    if packet.kind == .publish, packet.size > manners.swallowsAbove, !isCut {
      isCut = true
      journal.incident()
    }
    guard !isCut else { return }
    switch packet.kind {
    case .connect: greet(packet)
    case .publish:
      guard let publication = Publication(packet, level: level, connection: number) else {
        return journal.violation("a PUBLISH that cannot be read")
      }
      take(publication)
    case .pubrel:
      if manners.completes { send(Packet.encode(.pubcomp, Array(packet.body.prefix(2)))) } else { journal.incident() }
    case .subscribe: subscribe(packet.body)
    case .pingreq:
      journal.ping()
      if manners.answersPings { send(Packet.encode(.pingresp, [])) } else { journal.incident() }
    case .puback where !manners.afterWelcome.isEmpty: break
    case .disconnect:
      journal.goodbye()
      isOver = true
    default: journal.violation("a packet of kind \(packet.kind.map { "\($0)" } ?? "0")")
    }
  }

  /// One filter in each (MQTT 5.0, 3.8): u16 id, properties, u16 length, filter, options.
  private func subscribe(_ body: [UInt8]) {
    let start = level == 5 ? 3 : 2
    guard body.count > start + 3, level < 5 || body[2] == 0 else {
      return journal.violation("a SUBSCRIBE that cannot be read")
    }
    let filter = String(decoding: body[(start + 2)..<(body.count - 1)], as: UTF8.self)
    journal.subscribe("\(filter) \(String(body[body.count - 1], radix: 16))")
    send(Packet.encode(.suback, Array(body.prefix(2)) + (level == 5 ? [0] : []) + [manners.subscribed]))
    send(manners.afterSubscription)
  }

  // MARK: CONNECT

  private func greet(_ packet: Packet) {
    guard let greeting = Greeting(packet.body) else { return journal.violation("a CONNECT that cannot be read") }
    journal.greeted(greeting)
    level = greeting.level
    silence = greeting.keepAlive == 0 ? nil : Double(greeting.keepAlive) * 1.5
    if case .accept = manners.welcome, manners.afterWelcome.isEmpty {} else { journal.incident() }
    var welcome = manners.welcome
    if case .older(let newer) = welcome { welcome = level == 5 ? newer : .accept() }
    answer(greeting, welcome)
  }

  private func answer(_ greeting: Greeting, _ welcome: Manners.ConnackProperties) {
    switch welcome {
    case .accept(let properties):
      accept(properties, greeting)
    case .refuse(let reason): refuse(reason)
    case .refuseVersion:
      if level == 5 {
        send(Packet.encode(.connack, [0, 1]))
        isOver = true
      } else {
        accept([], greeting)
      }
    case .bytes(let bytes): send(bytes)
    case .silence: break
    case .close: isOver = true
    case .reset: reset()
    case .older: break
    }
  }

  private func reset() {
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    isOver = true
  }

  private func accept(_ properties: [Manners.Property], _ greeting: Greeting) {
    for property in properties {
      switch property {
      case .receiveMaximum(let value): limits.inFlight = Int(value)
      case .maximumQoS(let value): limits.qos = value
      case .retainAvailable(let value): limits.mayRetain = value != 0
      case .maximumPacketSize(let value): limits.size = Int(value)
      case .serverKeepAlive(let value): silence = Double(value) * 1.5
      case .sharedSubscriptions, .wildcardSubscriptions, .sessionExpiry: break
      }
    }
    // 3.2.2.3.4 and 3.2.2.3.5: a last will beyond what the broker can do is refused.
    if greeting.willQoS > limits.qos { return refuse(0x9B) }
    if greeting.willIsRetained, !limits.mayRetain { return refuse(0x9A) }
    isUp = true
    let bytes = properties.flatMap(\.bytes)
    send(Packet.encode(.connack, level == 5 ? [0, 0, UInt8(bytes.count)] + bytes : [0, 0]))
    send(manners.afterWelcome)
    for _ in 0..<(manners.flood >> 20) where !isOver { send([UInt8](repeating: 0x55, count: 1 << 20)) }
  }

  private func refuse(_ reason: UInt8) {
    send(Packet.encode(.connack, level == 5 ? [0, reason, 0] : [0, reason]))
    isOver = true
  }

  // MARK: PUBLISH

  private func take(_ publication: Publication) {
    publications += 1
    let publication = journal.offer(publication)
    check(publication)
    guard publications < manners.leavesAfter, !manners.leavesAt(publication) else {
      journal.incident()
      if manners.leavesByReset { reset() }
      isOver = true
      return
    }
    if manners.answersLate {
      if publication.qos > 0 { unanswered.append(publication) } else { answer(publication) }
      if unanswered.count > limits.inFlight { journal.violation("\(unanswered.count) messages at one time") }
    } else {
      answer(publication)
    }
  }

  private func check(_ publication: Publication) {
    if publication.qos > limits.qos { journal.violation("QoS \(publication.qos)") }
    if publication.isRetained, !limits.mayRetain { journal.violation("retained") }
    if publication.size > limits.size { journal.violation("a packet of \(publication.size) bytes") }
  }

  private func answer(_ publication: Publication) {
    guard publication.qos > 0 else { return journal.accept(publication) }
    let reason = manners.answer(publication)
    // Before it is sent: the client may be quick. 0x10: nobody has subscribed.
    if reason == 0 || reason == 0x10 { journal.accept(publication) } else { journal.incident() }
    if let reason {
      let kind = publication.qos == 2 && !manners.knowsNoQoS2 ? Packet.Kind.pubrec : .puback
      send(Packet.encode(kind, publication.idBytes + (level == 5 && reason != 0 ? [reason] : [])))
    }
    let more = manners.afterAnswer(publication)
    if !more.isEmpty {
      journal.incident()
      send(more)
    }
  }
}
