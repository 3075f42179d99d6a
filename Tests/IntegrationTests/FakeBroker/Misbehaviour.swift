import Foundation
import Testing

/// One way for a broker to be bad, and how it becomes better.
struct Misbehaviour: Sendable, CustomTestStringConvertible {
  let name: String
  /// For ever: the daemon is stopped meanwhile.
  let bad: Manners
  /// Until it is better: the first connections.
  let mending: Manners
  /// How many of them; then all is well.
  var connections = 1
  var uplink = ""
  /// Single messages are not accepted, and others that were on their way go on before them.
  var overtakes = false
  /// The words that the daemon's log must have.
  let says: String

  var testDescription: String { name }

  /// The broker is bad for some connections.
  init(_ name: String, _ manners: Manners, connections: Int = 2, uplink: String = "", says: String) {
    self.name = name
    (bad, mending) = (manners, manners)
    self.connections = connections
    self.uplink = uplink
    self.says = says
  }

  /// The broker refuses every reading of sensor a; the mending one the first offers of two of them only.
  init(refusing reason: UInt8?, uplink: String = "", says: String) {
    let packet = uplink.contains("qos: 2") ? "PUBREC" : "PUBACK"
    name = reason.map { "\(packet) 0x\(String($0, radix: 16))" } ?? "no \(packet)"
    var (bad, mending) = (Manners(), Manners())
    bad.answer = { $0.isReading && $0.sensor == "a" ? reason : 0 }
    mending.answer = { $0.isReading && $0.sensor == "a" && 2...3 ~= $0.sequence && $0.offers == 1 ? reason : 0 }
    self.bad = bad
    self.mending = mending
    connections = .max
    overtakes = true
    self.uplink = uplink
    self.says = says
  }

  static func welcome(_ welcome: Manners.ConnackProperties) -> Manners {
    var manners = Manners()
    manners.welcome = welcome
    return manners
  }

  static func afterWelcome(_ bytes: [UInt8]) -> Manners {
    var manners = Manners()
    manners.afterWelcome = bytes
    return manners
  }

  static func afterAnswer(_ bytes: [UInt8]) -> Manners {
    var manners = Manners()
    manners.afterAnswer = { $0.isReading && $0.sequence == 2 ? bytes : [] }
    return manners
  }

  static func disconnect(_ reason: UInt8) -> [UInt8] { Packet.encode(.disconnect, [reason]) }

  static var mute: Manners {
    var manners = Manners()
    manners.answer = { _ in nil }
    manners.answersPings = false
    return manners
  }

  /// Ends each connection after a few messages.
  static func leaving(byReset: Bool) -> Manners {
    var manners = Manners()
    manners.leavesAfter = 5
    manners.leavesByReset = byReset
    return manners
  }

  static let older = "  protocol: 3.1.1"

  /// No line of text, no MQTT: fixed, so that a failure can be repeated.
  static let noise: [UInt8] = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 / 7 &+ 91) }

  static let all: [Misbehaviour] =
    beforeWelcome + [
      Misbehaviour("DISCONNECT 0x8B", afterWelcome(disconnect(0x8B)), says: "(reason 139)"),
      // The second one within ten minutes is taken for a war of two clients, and waits for a minute.
      Misbehaviour("DISCONNECT 0x8E", afterWelcome(disconnect(0x8E)), connections: 1, says: "(reason 142)"),
      Misbehaviour("garbage after CONNACK", afterWelcome(noise), says: "connection lost"),
      Misbehaviour("a PUBREC that was not asked for", afterAnswer([0x50, 2, 0, 1]), says: "connected"),
      Misbehaviour(
        "garbage after a PUBACK", afterAnswer([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), says: "connection lost"),
      Misbehaviour(
        "a packet of 256 MB announced", afterAnswer([0x30, 0xFF, 0xFF, 0xFF, 0x7F]),
        says: "a packet that is larger than anything expected"),
      Misbehaviour("silence after CONNACK", mute, connections: 1, says: "no acknowledgement within"),
      Misbehaviour("DISCONNECT 0x97 behind a PUBACK", afterAnswer(disconnect(0x97)), says: "(reason 151)"),
      Misbehaviour(
        "a property that does not exist", afterAnswer([0x30, 6, 0, 1, UInt8(ascii: "x"), 2, 0x7F, 0]),
        says: "connection lost"),
      Misbehaviour("CONNACK twice", afterAnswer([0x20, 3, 0, 0, 0]), says: "connected"),
      Misbehaviour("AUTH that was not asked for", afterAnswer([0xF0, 2, 0x18, 0]), says: "connected"),
      Misbehaviour(
        "a message that was not asked for",
        afterWelcome(Packet.encode(.publish, flags: 2, [0, 1, UInt8(ascii: "x"), 0, 7, 0, 1])), says: "connected"),
      Misbehaviour("leaves after five messages", leaving(byReset: false), says: "connection lost"),
      Misbehaviour("resets after five messages", leaving(byReset: true), says: "connection lost"),
    ] + answers + olderOnes

  private static let olderOnes: [Misbehaviour] = [
    Misbehaviour("3.1.1: no CONNACK", welcome(.silence), connections: 1, uplink: older, says: "no answer within"),
    Misbehaviour("3.1.1: CONNACK 3", welcome(.refuse(3)), uplink: older, says: "(reason 3)"),
    Misbehaviour(
      "3.1.1: silence after CONNACK", mute, connections: 1, uplink: older, says: "no acknowledgement within"),
    Misbehaviour("3.1.1: garbage after CONNACK", afterWelcome(noise), uplink: older, says: "connection lost"),
    Misbehaviour("3.1.1: DISCONNECT", afterWelcome([0xE0, 0]), uplink: older, says: "connection lost"),
    Misbehaviour("3.1.1: resets after five messages", leaving(byReset: true), uplink: older, says: "connection lost"),
  ]

  private static let beforeWelcome: [Misbehaviour] = [
    Misbehaviour("no CONNACK", welcome(.silence), connections: 1, says: "no answer within"),
    Misbehaviour("CONNACK 0x87", welcome(.refuse(0x87)), says: "(reason 135)"),
    Misbehaviour("CONNACK 0x88", welcome(.refuse(0x88)), says: "(reason 136)"),
    Misbehaviour("CONNACK 4", welcome(.refuse(4)), uplink: older, says: "(reason 4)"),
    Misbehaviour("CONNACK 5", welcome(.refuse(5)), uplink: older, says: "(reason 5)"),
    Misbehaviour("CONNACK 0x42, which does not exist", welcome(.refuse(0x42)), says: "cannot connect"),
    Misbehaviour("FIN after CONNECT", welcome(.close), says: "cannot connect"),
    Misbehaviour("RST after CONNECT", welcome(.reset), says: "cannot connect"),
    Misbehaviour("garbage instead of CONNACK", welcome(.bytes(noise)), says: "cannot connect"),
    Misbehaviour(
      "a web server", welcome(.bytes(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))), says: "cannot connect"),
    Misbehaviour(
      "Receive Maximum 0", welcome(.bytes(Packet.encode(.connack, [0, 0, 3, 0x21, 0, 0]))), says: "cannot connect"),
    Misbehaviour(
      "a property of CONNACK that does not exist", welcome(.bytes(Packet.encode(.connack, [0, 0, 2, 0x7F, 0]))),
      says: "MQTT 3.1.1"),
    Misbehaviour("half a CONNACK", welcome(.bytes([0x20, 3, 0])), connections: 1, says: "no answer within"),
    Misbehaviour(
      "a CONNACK of 256 MB announced", welcome(.bytes([0x20, 0xFF, 0xFF, 0xFF, 0x7F])), connections: 1,
      says: "cannot connect"),
  ]

  private static var answers: [Misbehaviour] {
    let held = "its messages are kept"
    var denied = Misbehaviour(refusing: 0x87, says: held)
    // A new connection tries at once what was held back.
    var leaving = denied.mending
    leaving.leavesAfter = 16
    denied = Misbehaviour("PUBACK 0x87", bad: denied.bad, mending: leaving, says: held)
    var incomplete = Manners()
    incomplete.completes = false
    let twice = "  qos: 2"
    let late = "no acknowledgement within"
    // It may be taken for the end of the connection, or for a refusal, but not for a success.
    let unknown = Misbehaviour(refusing: 0x42, says: "connected")
    let busy = Misbehaviour(refusing: 0x97, uplink: twice, says: "everything waits a little")
    let mute = Misbehaviour(refusing: nil, says: late)
    return [
      Misbehaviour(
        "PUBACK 0x97 with a reason string", bad: wordy(mute.bad), mending: wordy(mute.mending),
        says: "everything waits a little"),
      busy, Misbehaviour(refusing: nil, uplink: twice, says: late),
      Misbehaviour("no PUBCOMP", incomplete, connections: 1, uplink: twice, says: late),
    ] + [0x80, 0x83, 0x91, 0x97].map { Misbehaviour(refusing: $0, says: "everything waits a little") }
      + [denied, mute, unknown]
  }

  /// Brokers that refuse each message in many words (MQTT 5.0, 3.4.2.2.2).
  private static func wordy(_ mute: Manners) -> Manners {
    var manners = mute
    manners.afterAnswer = { publication in
      guard mute.answer(publication) == nil else { return [] }
      return Packet.encode(.puback, publication.idBytes + [0x97, 7, 0x1F, 0, 4] + Array("busy".utf8))
    }
    return manners
  }

  private init(_ name: String, bad: Manners, mending: Manners, says: String) {
    self.name = name
    self.bad = bad
    self.mending = mending
    self.says = says
    overtakes = true
  }
}
