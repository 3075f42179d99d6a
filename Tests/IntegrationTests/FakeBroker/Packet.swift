import Foundation

/// One MQTT control packet, as a broker sees it (MQTT 5.0 and 3.1.1, chapter 2).
struct Packet {
  enum Kind: UInt8 {
    case connect = 1
    case connack, publish, puback, pubrec, pubrel, pubcomp, subscribe, suback, unsubscribe, unsuback, pingreq, pingresp
    case disconnect, auth
  }

  let kind: Kind?
  let flags: UInt8
  let body: [UInt8]
  /// With its fixed header.
  let size: Int

  /// Takes the first packet off `bytes`; nil when it is not there as a whole.
  static func take(from bytes: inout [UInt8]) -> Packet? {
    var (length, index) = (0, 1)
    while true {
      guard index < bytes.count, index <= 4 else { return nil }
      length |= Int(bytes[index] & 0x7F) << (7 * (index - 1))
      index += 1
      if bytes[index - 1] < 0x80 { break }
    }
    guard bytes.count >= index + length else { return nil }
    defer { bytes.removeFirst(index + length) }
    return Packet(
      kind: Kind(rawValue: bytes[0] >> 4), flags: bytes[0] & 0x0F, body: Array(bytes[index..<(index + length)]),
      size: index + length)
  }

  /// A packet with less than 128 bytes of body.
  static func encode(_ kind: Kind, flags: UInt8 = 0, _ body: [UInt8]) -> [UInt8] {
    [kind.rawValue << 4 | flags, UInt8(body.count)] + body
  }
}

/// The content of a CONNECT, as far as the fake broker needs it.
struct Greeting {
  /// 4 is 3.1.1, 5 is 5.
  let level: UInt8
  let keepAlive: Int
  /// Of the last will; 0 and false without one.
  let willQoS: UInt8
  let willIsRetained: Bool
  /// The packets that the client wants at most, in bytes.
  let maximumPacketSize: UInt32?

  init?(_ body: [UInt8]) {
    // 3.1.2: u16 length, "MQTT", level, flags, u16 keep alive
    guard body.count >= 10, Array(body[2..<6]) == Array("MQTT".utf8) else { return nil }
    level = body[6]
    willQoS = body[7] >> 3 & 3
    willIsRetained = body[7] & 0x20 != 0
    keepAlive = Int(body[8]) << 8 | Int(body[9])
    maximumPacketSize = level == 5 ? Self.maximumPacketSize(Array(body[10...])) : nil
  }
}

extension Greeting {
  /// Properties of a CONNECT (MQTT 5.0, 3.1.2.11), as far as libmosquitto sends them; fewer than 128 bytes.
  private static func maximumPacketSize(_ bytes: [UInt8]) -> UInt32? {
    guard let length = bytes.first, bytes.count > Int(length) else { return nil }
    var rest = bytes[1...Int(length)]
    while let property = rest.popFirst() {
      switch property {
      case 0x27: return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
      case 0x11: rest = rest.dropFirst(4)
      case 0x21, 0x22: rest = rest.dropFirst(2)
      default: return nil
      }
    }
    return nil
  }
}

/// A PUBLISH.
struct Publication: Sendable {
  /// On which connection, counted from 1.
  let connection: Int
  let topic: String
  let qos: UInt8
  let isRetained: Bool
  /// 0 with QoS 0.
  let id: UInt16
  var idBytes: [UInt8] { [UInt8(id >> 8), UInt8(id & 0xFF)] }
  let payload: [UInt8]
  /// Of the whole packet.
  let size: Int
  /// Sensor, epoch and sequence of each reading or event in it.
  let identities: [String]
  /// How often its first identity has come, this time included; 0 for a state.
  var offers = 0

  init?(_ packet: Packet, level: UInt8, connection: Int) {
    let body = packet.body
    guard body.count >= 2 else { return nil }
    var index = 2 + (Int(body[0]) << 8 | Int(body[1]))
    guard body.count >= index else { return nil }
    topic = String(decoding: body[2..<index], as: UTF8.self)
    qos = packet.flags >> 1 & 3
    isRetained = packet.flags & 1 == 1
    if qos > 0 {
      guard body.count >= index + 2 else { return nil }
      id = UInt16(body[index]) << 8 | UInt16(body[index + 1])
      index += 2
    } else {
      id = 0
    }
    if level == 5 {
      // Properties of 128 bytes and more are not asked for by any test.
      guard body.count > index, body[index] < 0x80 else { return nil }
      index += 1 + Int(body[index])
    }
    payload = Array(body.dropFirst(index))
    size = packet.size
    self.connection = connection
    identities = Self.messages(topic, qos, isRetained, payload).filter { $0.sequence > 0 }.map(\.identity)
  }

  var sensor: String { identities.first?.split(separator: " ").first.map(String.init) ?? "" }
  var sequence: Int { identities.first?.split(separator: " ").last.flatMap { Int($0) } ?? 0 }
  /// One or more readings, not an event and not the state.
  var isReading: Bool { !identities.isEmpty && sensor != "event" }

  /// Of a batch each reading.
  var messages: [Received] { Self.messages(topic, qos, isRetained, payload) }

  private static func messages(_ topic: String, _ qos: UInt8, _ isRetained: Bool, _ payload: [UInt8]) -> [Received] {
    let content = try? JSONSerialization.jsonObject(with: Data(payload))
    let objects = (content as? [[String: Any]]) ?? (content as? [String: Any]).map { [$0] } ?? []
    return objects.map { Received(qos: Int(qos), isRetained: isRetained, topic: topic, json: $0) }
  }
}
