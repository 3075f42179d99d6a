import Uplink

/// Stations that have been asked to read sensors at once, and their answers. A value: one request at a time.
struct ReadRequests: Sendable {
  typealias Answer = CommandResult.SensorAnswer

  /// How to proceed with a request.
  enum Start: Hashable, Sendable {
    /// Ask these stations for these sensors, and `take` this request as late after a while.
    case ask([String: Set<String>], request: UInt64)
    /// Another request is open.
    case busy
  }

  private struct Answers: Sendable {
    /// The sensors to read, in the order of the file.
    let wanted: [String]
    var found: [String: Answer] = [:]

    var inOrder: [Answer] {
      wanted.map { found[$0] ?? Answer(sensor: $0, outcome: .fault("its bus does not answer")) }
    }
  }

  private var rounds = ScatterGather<String, Answers>()

  /// `sensor`: nil: all sensors. `stations`: each by its bus, with its sensors.
  mutating func begin(_ sensor: String?, stations: [(bus: String, sensors: [String])]) -> Start {
    let concerned = stations.map { (bus: $0.bus, sensors: $0.sensors.filter { sensor == nil || $0 == sensor }) }
      .filter { !$0.sensors.isEmpty }
    let none = Answers(wanted: concerned.flatMap(\.sensors))
    guard let (asked, request) = rounds.begin(concerned.map(\.bus), into: none) else { return .busy }
    var questions: [String: Set<String>] = [:]
    for (bus, sensors) in concerned where asked.contains(bus) { questions[bus] = Set(sensors) }
    return .ask(questions, request: request)
  }

  mutating func answered(_ station: String, _ request: UInt64, _ found: [Answer]) {
    rounds.heard(station, in: request) { answers in
      for answer in found { answers.found[answer.sensor] = answer }
    }
  }

  /// The station is gone, and will not answer.
  mutating func forget(_ station: String) { rounds.forget(station) }

  /// Returns all answers once: when no station owes one to this request, or when `isLate`.
  mutating func take(_ request: UInt64, isLate: Bool) -> [Answer]? {
    rounds.finish(request, isLate: isLate)?.inOrder
  }
}
