import Foundation
import Testing

/// `fieldpost listen`, the real one.
struct ListenProgram {
  let program: Program

  /// With `jsonl` unless told otherwise, and subscribed when it returns.
  init(_ broker: Broker, _ options: [String] = [], format: [String] = ["--format", "jsonl"]) throws {
    program = try Self.start(broker, format + options)
    try #require(program.says("subscribed to"), "\(program.lines)")
  }

  static func start(_ broker: Broker, _ options: [String]) throws -> Program {
    try Program(programs + "/fieldpost", ["listen", "--broker", broker.url] + options)
  }

  /// The sequence numbers of the readings shown, in order.
  var sequences: [Int] { program.lines.compactMap(sequence(inLine:)) }

  /// Ends it as Ctrl-C does.
  func stop() -> Int32? {
    program.send(SIGINT)
    return program.exitStatus()
  }
}

/// Of a line of JSON as `listen` writes it.
func sequence(inLine line: String) -> Int? {
  let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
  return (object?["payload"] as? [String: Any])?["sequence"] as? Int
}

/// A reading as a gateway would publish it.
func readingJSON(_ sequence: Int, sensor: String = "hall", epoch: Int = 1) -> String {
  """
  {"device":"planted","sensor":"\(sensor)","epoch":\(epoch),"sequence":\(sequence),"time":"2026-11-23T05:01:02.123Z",\
  "clock":"synced","quantities":{"temperature":{"value":\(sequence).25,"unit":"°C"}},"quality":"good"}
  """
}

/// Publishes each line as a message with QoS 1, by mosquitto_pub, and returns when the broker has them all. `port`: of
/// another listener of the broker's.
func publish(
  _ lines: [String], to broker: Broker, port: Int? = nil, topic: String = "fieldpost/planted/hall",
  _ workplace: Workplace
) throws {
  let file = try workplace.write(lines.joined(separator: "\n") + "\n", to: "lines-\(UUID().uuidString)")
  let run = try Program(
    "/bin/sh",
    ["-c", "exec mosquitto_pub -h 127.0.0.1 -p \(port ?? broker.port) -V 5 -q 1 -t '\(topic)' -l < '\(file)'"])
  #expect(run.exitStatus(within: .seconds(60)) == 0, "\(run.lines)")
}

func publish(_ sequences: some Sequence<Int>, to broker: Broker, _ workplace: Workplace) throws {
  try publish(sequences.map { readingJSON($0) }, to: broker, workplace)
}

/// A broker that accepts one client, answers its subscription with a reason of MQTT 5, and may then send more.
final class AnsweringBroker: Sendable {
  let port: Int

  init(_ reason: UInt8, then more: [UInt8] = []) throws {
    let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listening, $0, size) == 0 && listen(listening, 1) == 0 && getsockname(listening, $0, &size) == 0
      }
    }
    try #require(isListening)
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread {
      let client = accept(listening, nil, nil)
      Self.serve(client, reason, more)
      close(client)
      close(listening)
    }
  }

  private static func serve(_ client: Int32, _ reason: UInt8, _ more: [UInt8]) {
    guard packet(client) != nil else { return }  // CONNECT
    send(client, [0x20, 3, 0, 0, 0])
    guard let subscribe = packet(client), subscribe.count > 1 else { return }
    send(client, [0x90, 4, subscribe[0], subscribe[1], 0, reason] + more)
    _ = packet(client)  // until it has gone
  }

  /// What follows the length of the next packet, which has less than 128 bytes here.
  private static func packet(_ client: Int32) -> [UInt8]? {
    guard let head = bytes(client, 2) else { return nil }
    return bytes(client, Int(head[1]))
  }

  private static func bytes(_ client: Int32, _ count: Int) -> [UInt8]? {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 128)
    while all.count < count {
      let received = read(client, &buffer, min(buffer.count, count - all.count))
      if received <= 0 { return nil }
      all += buffer[..<received]
    }
    return all
  }

  private static func send(_ client: Int32, _ packet: [UInt8]) { _ = write(client, packet, packet.count) }
}
