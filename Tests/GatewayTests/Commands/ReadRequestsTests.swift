import Telemetry
import Testing
import Uplink

@testable import Gateway

@Suite("Requests to read at once")
struct ReadRequestsTests {
  private typealias Answer = CommandResult.SensorAnswer

  private let stations: [(bus: String, sensors: [String])] = [("0", ["a", "b"]), ("1", ["c"])]

  private func good(_ sensor: String) -> Answer { Answer(sensor: sensor, outcome: .values([], .good)) }
  private func silent(_ sensor: String) -> Answer {
    Answer(sensor: sensor, outcome: .fault("its bus does not answer"))
  }

  @Test("Every station is asked; the answer is there when the last one has answered, once, in the order of the file")
  func all() {
    var requests = ReadRequests()
    #expect(requests.begin(nil, stations: stations) == .ask(["0": ["a", "b"], "1": ["c"]], request: 1))
    requests.answered("1", 1, [good("c")])
    #expect(requests.take(1, isLate: false) == nil)
    requests.answered("0", 1, [good("b"), good("a")])
    #expect(requests.take(1, isLate: false) == [good("a"), good("b"), good("c")])
    #expect(requests.take(1, isLate: false) == nil)
    #expect(requests.take(1, isLate: true) == nil)
  }

  @Test("For one sensor its station alone is asked")
  func one() {
    var requests = ReadRequests()
    #expect(requests.begin("c", stations: stations) == .ask(["1": ["c"]], request: 1))
    requests.answered("1", 1, [good("c")])
    #expect(requests.take(1, isLate: false) == [good("c")])
  }

  @Test("While one is open another is not begun")
  func busy() {
    var requests = ReadRequests()
    _ = requests.begin("c", stations: stations)
    #expect(requests.begin("a", stations: stations) == .busy)
    requests.answered("1", 1, [])
    #expect(requests.take(1, isLate: false) == [silent("c")])
    #expect(requests.begin("a", stations: stations) == .ask(["0": ["a"]], request: 2))
  }

  @Test("A bus that hangs is told of when the time is over; it is not asked again, and others are")
  func hangs() {
    var requests = ReadRequests()
    _ = requests.begin(nil, stations: stations)
    requests.answered("1", 1, [good("c")])
    #expect(requests.take(1, isLate: true) == [silent("a"), silent("b"), good("c")])
    #expect(requests.begin(nil, stations: stations) == .ask(["1": ["c"]], request: 2))
    // What it says to the old question is no answer to the new one.
    requests.answered("0", 1, [good("a"), good("b")])
    requests.answered("1", 2, [good("c")])
    #expect(requests.take(1, isLate: true) == nil)
    #expect(requests.take(2, isLate: false) == [silent("a"), silent("b"), good("c")])
    #expect(requests.begin("a", stations: stations) == .ask(["0": ["a"]], request: 3))
  }

  @Test("With nobody left to ask the answer is there at once")
  func nobody() {
    var requests = ReadRequests()
    _ = requests.begin("c", stations: stations)
    #expect(requests.take(1, isLate: true) == [silent("c")])
    #expect(requests.begin("c", stations: stations) == .ask([:], request: 2))
    #expect(requests.take(2, isLate: false) == [silent("c")])
    #expect(requests.begin("x", stations: stations) == .ask([:], request: 3))
    #expect(requests.take(3, isLate: false) == [])
  }
}
