/// Recognises what answers in place of a broker by the first bytes that it sends.
enum Stranger {
  /// How many bytes are needed to tell; fewer will do when no more come.
  static let enough = 8

  /// The kind of server that the sender seems to be; nil: it may be a broker.
  static func words(for bytes: [UInt8]) -> String? {
    guard let first = bytes.first else { return nil }
    // TLS: alert, handshake (RFC 8446, 5.1).
    let isTLS = (first == 0x15 || first == 0x16) && (bytes.count < 2 || bytes[1] == 3)
    // MQTT: CONNACK; DISCONNECT and AUTH of MQTT 5, which the library can handle.
    let isMQTT = first == 0x20 || first == 0xE0 || first == 0xF0
    if isMQTT { return nil }
    if isTLS { return "it speaks TLS: this is a port for mqtts://, most often 8883" }
    return name(of: bytes)
  }

  private static func name(of bytes: [UInt8]) -> String {
    func begins(_ text: String) -> Bool { bytes.starts(with: text.utf8) }
    let said = "\"\(line(bytes))\""
    if begins("HTTP/") || begins("<") {
      return "it is a web server, or the login page of a network (captive portal): \(said)"
    }
    if begins("SSH-") { return "it is an SSH server: \(said)" }
    if begins("220") || begins("+OK") || begins("* OK") { return "it is a server for mail or files: \(said)" }
    if begins("AMQP") { return "it speaks AMQP: this is another port of the broker; MQTT's is most often 1883" }
    return "it sent \(said); is this the broker's port?"
  }

  /// The first line, as far as it can be shown.
  private static func line(_ bytes: [UInt8]) -> String {
    let line = bytes.prefix { $0 != 10 && $0 != 13 }.prefix(40)
    return String(decoding: line.map { 0x20..<0x7F ~= $0 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }
}
