import Configuration
import Drivers
import Linux
import Sampling
import Telemetry
import Uplink

/// What is needed to answer a command.
struct CommandDesk: Sendable {
  let reader: CommandReader
  let encoder: MessageEncoder
  /// For answers to those who name no topic.
  let responseTopic: String
  var pace = CommandPace()

  init(_ commands: CommandSettings, sensors: [SensorSettings], encoder: MessageEncoder, responseTopic: String) {
    let minimum = Duration.seconds(1)
    let intervals = sensors.map { ($0.id, max(minimum, $0.chip.minimumInterval)) }
    reader = CommandReader(
      allowed: commands.allowed, sensors: Dictionary(intervals, uniquingKeysWith: { first, _ in first }))
    self.encoder = encoder
    self.responseTopic = responseTopic
  }
}

/// Commands from upstream. What they change holds until the daemon ends.
extension Gateway {
  typealias Answer = @Sendable (Message) -> Void

  func receive(_ message: Incoming, _ answer: @escaping Answer) {
    guard desk != nil, let encoder = desk?.encoder, let responseTopic = desk?.responseTopic else { return }
    guard !message.isRetained else { return log.warning("command: one that the broker had kept is ignored") }
    guard desk?.pace.admits(at: loop.now) == true else { return log.warning("command: too many, ignored") }
    let reply = Reply(
      encoder: encoder, topic: message.responseTopic ?? responseTopic, correlation: message.correlation, send: answer)
    do throws(CommandRefusal) {
      guard let command = try desk?.reader.command(in: message.payload) else { return }
      log.notice("command: \(command.words)")
      perform(command, reply)
    } catch {
      log.warning("command: refused: \(error.command.map { "\($0): " } ?? "")\(error.reason)")
      reply.refuse(error)
    }
  }

  private func perform(_ command: Command, _ reply: Reply) {
    switch command {
    case .status:
      recorder.post { recorder in
        let report = recorder.stateReport(at: SystemClock.stamp())
        reply.done(.status) { reply.encoder.putState(report, &$0) }
      }
    case .logLevel(let level):
      log.setLeast(level)
      reply.done(.logLevel)
    case .interval(let sensor, let every):
      station(of: sensor)?.post { $0.setInterval(every, of: sensor) }
      reply.done(.interval) { json in
        json.text("sensor", sensor)
        json.text("every", brief(every))
      }
    case .readNow(let sensor):
      readNow(sensor, reply)
    }
  }

  /// The answer comes when the last bus has answered.
  private func readNow(_ sensor: String?, _ reply: Reply) {
    let asked = sensor.map { [station(of: $0)].compactMap { $0 } } ?? stations
    let round = ReadingRound(asked.count)
    let gateway = self  // Swift 6.0.3 cannot capture `self` here
    for station in asked {
      station.post { station in
        let results = station.readNow(sensor)
        gateway.post { _ in
          guard let all = round.add(results) else { return }
          reply.done(.readNow) { json in
            json.array("sensors", all) { reply.put($0, &$1) }
          }
        }
      }
    }
  }

  private func station(of sensor: String) -> Station? { stationsBySensor[sensor] }
}

/// Collects what the buses say. Unchecked: every call of `add` is posted to the main loop.
private final class ReadingRound: @unchecked Sendable {
  typealias Results = [(sensor: String, result: Result<Sample, SensorError>)]
  private var missing: Int
  private var results: Results = []

  init(_ count: Int) { missing = count }

  /// All, once the last has come.
  func add(_ more: Results) -> Results? {
    results += more
    missing -= 1
    return missing == 0 ? results : nil
  }
}

/// Where an answer goes.
private struct Reply: Sendable {
  let encoder: MessageEncoder
  let topic: String
  let correlation: [UInt8]?
  let send: Gateway.Answer

  func done(_ kind: CommandKind, _ fill: (inout JSONWriter) -> Void = { _ in }) {
    send(encoder.answer(to: kind.rawValue, topic: topic, correlation: correlation, fill))
  }

  func refuse(_ refusal: CommandRefusal) {
    send(encoder.answer(to: refusal.command, topic: topic, correlation: correlation, error: refusal.reason))
  }

  func put(_ entry: (sensor: String, result: Result<Sample, SensorError>), _ json: inout JSONWriter) {
    json.text("sensor", entry.sensor)
    switch entry.result {
    case .success(let sample):
      encoder.put(sample.quantities, &json)
      json.text("quality", sample.quality.name)
    case .failure(let error): json.text("error", "\(error)")
    }
  }
}

extension Command {
  fileprivate var words: String {
    switch self {
    case .readNow(let sensor): "read-now \(sensor ?? "all sensors")"
    case .status: "status"
    case .logLevel(let level): "log-level \(level)"
    case .interval(let sensor, let every): "interval of \(sensor): \(brief(every)), until the next start"
    }
  }
}
