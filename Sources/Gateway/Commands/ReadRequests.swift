import Uplink

/// Which stations have been asked to read sensors at once, and their answers. A value: one request at a time, and no
/// station is asked again before it has answered, because its bus may hold its thread indefinitely.
struct ReadRequests: Sendable {
  typealias Answer = CommandResult.SensorAnswer

  /// How to proceed with a request.
  enum Start: Hashable, Sendable {
    /// Ask these stations for these sensors, and `take` this request as late after a while.
    case ask([String: Set<String>], request: UInt64)
    /// Another request is open.
    case busy
  }

  private var count: UInt64 = 0
  private var isOpen = false
  /// The sensors to read, in the order of the file.
  private var wanted: [String] = []
  private var answers: [String: Answer] = [:]
  /// Stations that owe an answer, with the number of the request: this one or an earlier one.
  private var owing: [String: UInt64] = [:]

  /// `sensor`: nil: all sensors. `stations`: each by its bus, with its sensors.
  mutating func begin(_ sensor: String?, stations: [(bus: String, sensors: [String])]) -> Start {
    guard !isOpen else { return .busy }
    count += 1
    isOpen = true
    (wanted, answers) = ([], [:])
    var questions: [String: Set<String>] = [:]
    for (station, sensors) in stations {
      let sensors = sensors.filter { sensor == nil || $0 == sensor }
      wanted += sensors
      guard !sensors.isEmpty, owing[station] == nil else { continue }
      owing[station] = count
      questions[station] = Set(sensors)
    }
    return .ask(questions, request: count)
  }

  mutating func answered(_ station: String, _ found: [Answer]) {
    guard owing.removeValue(forKey: station) == count else { return }
    for answer in found { answers[answer.sensor] = answer }
  }

  /// The station is gone, and will not answer.
  mutating func forget(_ station: String) { owing[station] = nil }

  /// Returns all answers once: when no station owes one to this request, or when `isLate`.
  mutating func take(_ request: UInt64, isLate: Bool) -> [Answer]? {
    guard isOpen, request == count, isLate || !owing.values.contains(count) else { return nil }
    isOpen = false
    return wanted.map { answers[$0] ?? Answer(sensor: $0, outcome: .fault("its bus does not answer")) }
  }
}
