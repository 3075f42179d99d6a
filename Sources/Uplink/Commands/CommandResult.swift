import Messages
import Telemetry

/// The result of a command.
package enum CommandResult: Hashable, Sendable {
  case read([SensorAnswer])
  case status(StateReport, at: Stamp)
  case logLevel(Command.Verbosity)
  case interval(sensor: String, every: Duration)
  case failed(Command.Kind, reason: String)

  /// The result of reading one sensor.
  package struct SensorAnswer: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
      case values([Quantity], Quality)
      case fault(String)
    }

    package let sensor: String
    package let outcome: Outcome

    package init(sensor: String, outcome: Outcome) {
      self.sensor = sensor
      self.outcome = outcome
    }

    var isFault: Bool { if case .fault = outcome { true } else { false } }
  }

  var kind: Command.Kind {
    switch self {
    case .read: .readNow
    case .status: .status
    case .logLevel: .logLevel
    case .interval: .interval
    case .failed(let kind, _): kind
    }
  }

  /// Nil when all went well.
  var error: String? {
    switch self {
    case .read(let answers):
      let faults = answers.count(where: \.isFault)
      return faults == 0 ? nil : "\(faults) of \(answers.count) could not be read"
    case .failed(_, let reason): return reason
    case .status, .logLevel, .interval: return nil
    }
  }
}

/// Answers to commands as messages. The section "Commands" of the documentation shows what they look like.
extension JSONFormat {
  func answer(_ result: CommandResult, to reply: Incoming.Reply) -> Message {
    answer(to: reply, command: result.kind.rawValue, error: result.error) { put(result, &$0) }
  }

  /// `command`: the name as it was written, if there was one.
  func refusal(_ refusal: CommandRefusal, command: String?, to reply: Incoming.Reply) -> Message {
    answer(to: reply, command: command, error: "\(refusal)") { _ in }
  }

  private func answer(
    to reply: Incoming.Reply, command: String?, error: String?, _ fill: (inout JSONWriter) -> Void
  ) -> Message {
    let payload = JSONWriter.object { json in
      json.text("device", device)
      if let command { json.text("command", command) } else { json.literal("command", "null") }
      json.literal("ok", error == nil ? "true" : "false")
      if let error { json.text("error", error) }
      fill(&json)
    }
    var message = Message(to: .answer(to: reply.address), payload: payload)
    message.correlation = reply.correlation
    return message
  }

  private func put(_ result: CommandResult, _ json: inout JSONWriter) {
    switch result {
    case .read(let answers): json.array("readings", answers) { put($0, &$1) }
    case .status(let report, let time): json.object("state") { put(online: true, at: time, report, &$0) }
    case .logLevel(let level):
      json.text("level", level.rawValue)
      json.text("until", "restart")
    case .interval(let sensor, let every):
      json.text("sensor", sensor)
      json.text("every", every.withUnit)
      json.text("until", "restart")
    case .failed: break
    }
  }

  private func put(_ answer: CommandResult.SensorAnswer, _ json: inout JSONWriter) {
    json.text("sensor", answer.sensor)
    switch answer.outcome {
    case .values(let quantities, let quality):
      json.object("quantities") { json in
        for quantity in quantities { json.object(quantity.kind.name) { put(quantity, of: answer.sensor, &$0) } }
      }
      json.text("quality", quality.name)
    case .fault(let reason): json.text("fault", reason)
    }
  }
}
