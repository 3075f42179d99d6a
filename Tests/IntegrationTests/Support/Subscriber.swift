import Foundation
import Testing

/// The receiving end: mosquitto_sub, somebody else's program, so that what we publish is read by other eyes than ours.
final class Subscriber {
  private let program: Program

  init(port: Int, options: [String] = []) throws {
    // Into a pipe it would print in blocks of 4 KiB.
    program = try Program(
      "/usr/bin/stdbuf",
      ["-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", "\(port)", "-q", "2", "-t", "#", "-F", "%q %r %t %p", "-d"]
        + options)
    try #require(program.says("Subscribed"), "mosquitto_sub: \(program.lines)")
  }

  /// It would come back by itself when the broker does, and see some readings a second time.
  func end() { program.end() }

  /// Everything received, in order; of a batch each reading.
  var messages: [Received] { program.lines.flatMap(Received.all) }

  /// How many readings each message with readings had.
  var batches: [Int] {
    program.lines.map(Received.all).filter { $0.first?.json["quantities"] != nil }.map(\.count)
  }

  var readings: [Received] { messages.filter { $0.json["quantities"] != nil } }

  func readings(of sensor: String) -> [Received] { readings.filter { $0.sensor == sensor } }

  func waits(within limit: Duration = .seconds(60), until isSo: ([Received]) -> Bool) -> Bool {
    eventually(within: limit) { isSo(messages) }
  }
}

/// One message as mosquitto_sub printed it.
struct Received {
  let qos: Int
  let isRetained: Bool
  let topic: String
  let json: [String: Any]

  /// An object is one, an array of them is a batch. Nothing for other lines.
  static func all(_ line: String) -> [Received] {
    let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
    guard parts.count == 4, let qos = Int(parts[0]), parts[1] == "0" || parts[1] == "1" else { return [] }
    let content = try? JSONSerialization.jsonObject(with: Data(parts[3].utf8))
    let objects = (content as? [[String: Any]]) ?? (content as? [String: Any]).map { [$0] } ?? []
    return objects.map { Received(qos: qos, isRetained: parts[1] == "1", topic: parts[2], json: $0) }
  }

  var sensor: String { json["sensor"] as? String ?? "" }
  var epoch: Int { json["epoch"] as? Int ?? -1 }
  var sequence: Int { json["sequence"] as? Int ?? -1 }
  var clock: String { json["clock"] as? String ?? "" }

  func value(_ quantity: String = "temperature") -> Double? {
    (json["quantities"] as? [String: [String: Any]])?[quantity]?["value"] as? Double
  }

  /// The reading's identity, which is unique for ever.
  var identity: String { "\(sensor) \(epoch) \(sequence)" }
}

extension [Received] {
  /// Those of the daemon's nth start, from 1, of those that any has come of: a new buffer begins with an epoch that follows
  /// from the time.
  func ofStart(_ number: Int) -> [Received] {
    let epochs = Set(map(\.epoch)).subtracting([-1]).sorted()
    return filter { number <= epochs.count && $0.epoch == epochs[number - 1] }
  }
}

/// The faults of a stream of readings, sensor by sensor and epoch by epoch.
struct Audit: CustomStringConvertible {
  private(set) var gaps: [String] = []
  private(set) var disorder: [String] = []
  private(set) var repeats: [String] = []
  /// One identity with two different payloads.
  private(set) var contradictions: [String] = []

  init(_ readings: [Received]) {
    var seen: [String: NSDictionary] = [:]
    var last: [String: Int] = [:]
    for reading in readings {
      let stream = "\(reading.sensor) epoch \(reading.epoch)"
      if let earlier = seen[reading.identity] {
        repeats.append(reading.identity)
        // The time may have been corrected in between; the value may not change.
        let now = reading.json["quantities"] as? NSDictionary
        if earlier != now { contradictions.append(reading.identity) }
        continue
      }
      seen[reading.identity] = reading.json["quantities"] as? NSDictionary
      let expected = last[stream, default: 0] + 1
      if reading.sequence > expected { gaps.append("\(stream): \(expected)…\(reading.sequence - 1)") }
      if reading.sequence < expected { disorder.append(reading.identity) }
      last[stream] = max(reading.sequence, expected - 1)
    }
  }

  /// Every sequence from 1 on has arrived once, in order.
  var isPerfect: Bool { gaps.isEmpty && disorder.isEmpty && repeats.isEmpty && contradictions.isEmpty }

  var description: String {
    "gaps \(gaps), disorder \(disorder), repeats \(repeats), contradictions \(contradictions)"
  }
}
