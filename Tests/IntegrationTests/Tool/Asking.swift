import Foundation
import Testing

/// Somebody who asks gateways over a broker, with the tools of mosquitto.
final class Asker {
  private let port: Int
  private let program: Program

  /// One answer, or anything else with JSON in it.
  struct Answer {
    let topic: String
    let correlation: String
    let json: [String: Any]

    var isOK: Bool? { json["ok"] as? Bool }
    var command: String? { json["command"] as? String }
    var error: String? { json["error"] as? String }
    var device: String? { json["device"] as? String }
    var readings: [[String: Any]] { json["readings"] as? [[String: Any]] ?? [] }
  }

  init(_ broker: Broker) throws {
    port = broker.port
    program = try Program(
      "/usr/bin/stdbuf",
      [
        "-oL", "mosquitto_sub", "-V", "5", "-p", "\(port)", "-q", "1", "-t", "#", "-F", "answer %t|%D|%p", "-d",
      ])
    try #require(program.says("Subscribed"), "mosquitto_sub: \(program.lines)")
  }

  /// Everything that has come, in order.
  var messages: [Answer] {
    program.lines.compactMap { line in
      guard line.hasPrefix("answer ") else { return nil }
      let parts = line.dropFirst(7).split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false).map(
        String.init)
      guard parts.count == 3,
        let json = try? JSONSerialization.jsonObject(with: Data(parts[2].utf8)) as? [String: Any]
      else { return nil }
      return Answer(topic: parts[0], correlation: parts[1], json: json)
    }
  }

  var answers: [Answer] { messages.filter { $0.isOK != nil } }

  /// Publishes a command, with MQTT 5 properties as given.
  func ask(
    _ payload: String, at topic: String = "fieldpost/testbench/command", replyTo: String? = nil,
    correlation: String? = nil, options: [String] = []
  ) throws {
    var arguments = ["-V", "5", "-p", "\(port)", "-q", "1", "-t", topic, "-m", payload] + options
    if let replyTo { arguments += ["-D", "publish", "response-topic", replyTo] }
    if let correlation { arguments += ["-D", "publish", "correlation-data", correlation] }
    let publisher = try Program("/usr/bin/mosquitto_pub", arguments)
    try #require(publisher.exitStatus() == 0, "\(publisher.lines)")
  }

  /// Asks with a response topic and correlation data of its own, and waits for the answer.
  func answer(to payload: String, at topic: String = "fieldpost/testbench/command") async throws -> Answer {
    let mark = UUID().uuidString
    try ask(payload, at: topic, replyTo: "answers/\(mark)", correlation: mark)
    let hasCome = await comes(within: .seconds(20)) { answers.contains { $0.correlation == mark } }
    try #require(hasCome, "no answer to \(payload): \(program.lines.suffix(5))")
    let answer = try #require(answers.first { $0.correlation == mark })
    #expect(answer.topic == "answers/\(mark)")
    return answer
  }
}
