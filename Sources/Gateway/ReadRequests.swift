import Uplink

/// Who has been asked to read sensors at once, and what they said. A value: one request at a time, and no station is
/// asked again before it has answered, because its bus may hold its thread for as long as it likes.
struct ReadRequests: Sendable {
  typealias Answer = CommandResult.SensorAnswer

  /// What is to be done for a request.
  enum Start: Hashable, Sendable {
    /// Ask these stations for these sensors, and `expire` this request after a while.
    case ask([Int: Set<String>], request: UInt64)
    /// There is a request already.
    case busy
  }

  private var count: UInt64 = 0
  private var isOpen = false
  /// In the order of the file.
  private var wanted: [String] = []
  private var answers: [String: Answer] = [:]
  /// Stations that owe an answer, to this request or to an earlier one, by the number of the request.
  private var owing: [Int: UInt64] = [:]

  /// `sensor`: nil for all. `stations`: the sensors of each.
  mutating func begin(_ sensor: String?, stations: [[String]]) -> Start {
    guard !isOpen else { return .busy }
    count += 1
    isOpen = true
    (wanted, answers) = ([], [:])
    var questions: [Int: Set<String>] = [:]
    for (station, sensors) in stations.enumerated() {
      let sensors = sensors.filter { sensor == nil || $0 == sensor }
      wanted += sensors
      guard !sensors.isEmpty, owing[station] == nil else { continue }
      owing[station] = count
      questions[station] = Set(sensors)
    }
    return .ask(questions, request: count)
  }

  mutating func answered(_ station: Int, _ found: [Answer]) {
    guard owing.removeValue(forKey: station) == count else { return }
    for answer in found { answers[answer.sensor] = answer }
  }

  /// All answers, once, when nobody owes one to this request, or when `isLate`.
  mutating func take(_ request: UInt64, isLate: Bool) -> [Answer]? {
    guard isOpen, request == count, isLate || !owing.values.contains(count) else { return nil }
    isOpen = false
    return wanted.map { answers[$0] ?? Answer(sensor: $0, outcome: .fault("its bus does not answer")) }
  }
}
