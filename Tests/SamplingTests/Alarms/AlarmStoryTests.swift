import Drivers
import Sampling
import Telemetry
import Testing

/// What happens to the alarms of one sensor, line by line:
///
///     10: -14 +high      ten seconds after the start a sample of -14 °C comes, and high is raised
///     20: none -stale    only time passes, and stale is cleared
///     restart            the daemon starts again, with what was raised; seconds count from there
///     step               the wall clock jumps by a year
struct AlarmStory: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let rules: SensorAlarms
  let lines: [String]

  init(_ description: String, _ rules: AlarmRules?, stale: Duration? = nil, _ lines: String...) {
    testDescription = description
    self.rules = SensorAlarms(quantities: rules.map { [.temperature: $0] } ?? [:], stale: stale)
    self.lines = lines
  }
}

private struct Stage {
  let rules: SensorAlarms
  var tracker: AlarmTracker
  var boot: UInt64 = 1
  var wall: Int64 = 1_795_000_000_000_000_000

  init(_ rules: SensorAlarms) {
    self.rules = rules
    tracker = AlarmTracker(["cold": rules], raised: [], at: Uptime(nanoseconds: 0))
  }

  private func stamp(_ seconds: Int64) -> Stamp {
    let nanoseconds = seconds * 1_000_000_000
    return Stamp(
      boot: BootID(boot), uptime: Uptime(nanoseconds: nanoseconds), wall: WallTime(nanoseconds: wall + nanoseconds),
      synced: true)
  }

  /// What came of a line, as the line would say it.
  mutating func play(_ line: String) -> String {
    let words = line.split(separator: " ").map(String.init)
    switch words[0] {
    case "restart":
      boot += 1
      tracker = AlarmTracker(["cold": rules], raised: tracker.raised, at: Uptime(nanoseconds: 0))
      return told([line], tracker.dropUnknown(at: stamp(0)))
    case "step":
      wall += 31_536_000_000_000_000
      return line
    default:
      let now = stamp(Int64(words[0].dropLast()) ?? -1)
      guard let degrees = Double(words[1]) else { return told(words.prefix(2), tracker.passed(at: now)) }
      let sample = Sample([.temperature(Temperature(microcelsius: Int64((degrees * 1_000_000).rounded())))])
      return told(words.prefix(2), tracker.sampled("cold", sample, at: now))
    }
  }

  private func told(_ words: some Sequence<String>, _ changes: [AlarmTracker.Change]) -> String {
    (Array(words) + changes.map { ($0.isRaised ? "+" : "-") + $0.alarm.name.kind.name }).joined(separator: " ")
  }
}

@Suite("Stories of alarms")
struct AlarmStoryTests {
  private static let high = AlarmRules(high: -15_000_000)
  private static let latched = AlarmRules(high: -15_000_000, hysteresis: 1_000_000)
  private static let held = AlarmRules(high: -15_000_000, hysteresis: 1_000_000, hold: .seconds(60))
  private static let band = AlarmRules(high: 8_000_000, low: 2_000_000, hysteresis: 500_000)
  private static let rate = AlarmRules(
    rate: .init(change: 2_000_000, within: .seconds(160)), hysteresis: 500_000)

  static let stories = [
    AlarmStory(
      "at the limit nothing is raised, above it is, once", high, "0: -15", "1: -14.999999 +high", "2: 0", "3: 5"),
    AlarmStory("a value that is beyond from the first sample on is raised", high, "0: -3 +high", "1: -3"),
    AlarmStory(
      "without hysteresis each crossing counts", high, "0: -14 +high", "1: -15 -high", "2: -14 +high", "3: -16 -high"),
    AlarmStory(
      "between limit and hysteresis nothing changes, from either side", latched, "0: -15.5", "1: -14.9 +high",
      "2: -15.1", "3: -15.999999", "4: -14", "5: -15.999999", "6: -16 -high", "7: -15.5", "8: -15", "9: -14 +high"),
    AlarmStory(
      "what chatters around the limit is raised once", latched, "0: -14.9 +high", "1: -15.1", "2: -14.9", "3: -15.1",
      "4: -14.9", "5: -15.1", "6: -14.9", "7: -16.1 -high"),
    AlarmStory(
      "it has to hold, and one sample back at the limit begins anew", held, "0: -14", "30: -14", "59: -14", "60: -15",
      "61: -14", "120: -14", "121: -14 +high"),
    AlarmStory(
      "being back has to hold too", held, "0: -14", "60: -14 +high", "70: -16", "100: -15.9", "110: -16", "169: -20",
      "170: -20 -high"),
    AlarmStory(
      "a fault in between, with no samples, raises and clears nothing", latched, "0: -14 +high", "10: none",
      "5000: none", "6000: -14", "9000: -17 -high"),
    AlarmStory("a fault in between does not break what holds", held, "0: -14", "300: -14 +high"),
    AlarmStory(
      "a wall clock that steps changes nothing", held, "0: -14", "step", "59: -14", "60: -14 +high", "step", "61: -14",
      "70: -16", "step", "129: -16", "130: -16 -high"),
    AlarmStory(
      "what was raised before the restart, and still is, is not raised again", latched, "0: -14 +high", "restart",
      "0: -14", "1: -13", "2: -16 -high"),
    AlarmStory(
      "what was raised and is back after the restart is cleared once", latched, "0: -14 +high", "restart",
      "0: -18 -high",
      "1: -18", "restart", "0: -18", "1: -14 +high"),
    AlarmStory(
      "between limit and hysteresis it stays raised over the restart", latched, "0: -14 +high", "restart", "0: -15.5",
      "1: -14", "2: -16 -high"),
    AlarmStory(
      "after a restart being back has to hold as well", held, "0: -14", "60: -14 +high", "restart", "0: -18", "59: -18",
      "60: -18 -high"),
    AlarmStory(
      "what had not yet held at the restart begins anew", held, "0: -14", "59: -14", "restart", "0: -14", "59: -14",
      "60: -14 +high"),
    AlarmStory(
      "low and high are two alarms", band, "0: 5", "1: 1.9 +low", "2: 2.4", "3: 9 +high -low", "4: 7.6", "5: 7.5 -high",
      "6: 2", "7: 1 +low", "8: 2.5 -low"),
    AlarmStory("at the low limit nothing is raised", band, "0: 2", "1: 1.999999 +low"),
    AlarmStory(
      "a rise within the time is raised, and cleared when it is over", rate, "0: 20", "10: 21", "20: 22",
      "30: 22.1 +rate",
      "100: 22.1", "180: 22.1 -rate", "300: 22.1"),
    AlarmStory("a fall counts as well", rate, "0: 20", "10: 19", "20: 17.9 +rate"),
    AlarmStory("a change that is slow enough is none", rate, "0: 20", "80: 21", "161: 22", "241: 23", "330: 24"),
    AlarmStory("there and back again is a change", rate, "0: 20", "10: 23 +rate", "20: 20", "170: 20", "180: 20 -rate"),
    AlarmStory(
      "a rate alarm outlives a restart until a whole window is quiet", rate, "0: 20", "10: 23 +rate", "restart",
      "0: 23",
      "100: 23", "159: 23", "160: 23 -rate"),
    AlarmStory(
      "after a long silence the window has to fill anew", rate, "0: 20", "10: 23 +rate", "1000: 23", "1159: 23",
      "1160: 23 -rate"),
    AlarmStory(
      "silence is told once, and its end once", nil, stale: .seconds(30), "0: 1", "29: none", "30: none +stale",
      "31: none", "500: none", "501: 1 -stale", "502: 1", "531: none", "532: none +stale"),
    AlarmStory(
      "a sensor that never said anything is stale", nil, stale: .seconds(30), "29: none", "30: none +stale", "40: none"),
    AlarmStory(
      "a sensor that was stale before the restart and still is, is not told again", nil, stale: .seconds(30),
      "30: none +stale", "restart", "30: none", "300: none", "301: 1 -stale", "331: none +stale"),
    AlarmStory(
      "one that was not is given its time anew", nil, stale: .seconds(30), "0: 1", "29: none", "restart", "29: none",
      "30: none +stale"),
    AlarmStory(
      "stale and high do not know each other", high, stale: .seconds(30), "0: -14 +high", "30: none +stale",
      "40: -14 -stale", "50: -16 -high"),
    AlarmStory("without limits nothing is raised", nil, "0: 1000", "9: none", "restart", "0: -200"),
  ]

  @Test("Each change is told exactly once", arguments: stories)
  func play(_ story: AlarmStory) {
    var stage = Stage(story.rules)
    let told = story.lines.map { stage.play($0) }
    #expect(told == story.lines)
  }
}

@Suite("The tracker of alarms")
struct AlarmBookTests {
  private func stamp(_ seconds: Int64) -> Stamp {
    Stamp(
      boot: BootID(1), uptime: Uptime(nanoseconds: seconds * 1_000_000_000),
      wall: WallTime(nanoseconds: seconds * 1_000_000_000), synced: true)
  }

  private func name(_ sensor: String, _ kind: Alarm.Kind, _ quantity: Quantity.Kind?) -> Alarm.Name {
    Alarm.Name(sensor: sensor, kind: kind, quantity: quantity)
  }

  private func celsius(_ milli: Int64) -> Quantity { .temperature(Temperature(millicelsius: milli)) }

  @Test("A change says the value and the limit, of a rate the change with its sign, of a silence how long it was")
  func evidence() {
    let rules = AlarmRules(
      high: 30_000_000, rate: .init(change: 5_000_000, within: .seconds(60)), hysteresis: 1_000_000)
    var tracker = AlarmTracker(
      ["a": SensorAlarms(quantities: [.temperature: rules], stale: .seconds(90))], raised: [],
      at: Uptime(nanoseconds: 0))
    _ = tracker.sampled("a", Sample([celsius(36_000)]), at: stamp(0))
    let fall = tracker.sampled("a", Sample([celsius(28_500)]), at: stamp(10))
    #expect(
      fall.map(\.alarm) == [
        Alarm(name("a", .high, .temperature), value: 28_500_000, threshold: 30_000_000),
        Alarm(name("a", .rate, .temperature), value: -7_500_000, threshold: 5_000_000),
      ])
    let silence = tracker.passed(at: stamp(110))
    #expect(silence.map(\.alarm) == [Alarm(name("a", .stale, nil), value: 100_000_000, threshold: 90_000_000)])
    let end = tracker.sampled("a", Sample([celsius(28_500)]), at: stamp(130))
    #expect(end.first?.alarm.value == 120_000_000)
    #expect(end.first?.isRaised == false)
  }

  @Test("A stale alarm from before a restart ends without saying how long it was, for nobody knows")
  func oldSilence() {
    let stale = Alarm(name("a", .stale, nil), value: 1, threshold: 1)
    var tracker = AlarmTracker(
      ["a": SensorAlarms(stale: .seconds(30))], raised: [.init(stale, since: stamp(0))], at: Uptime(nanoseconds: 0))
    #expect(tracker.deadline == nil)
    #expect(tracker.sampled("a", Sample([celsius(0)]), at: stamp(5)).map(\.alarm.value) == [nil])
    #expect(tracker.deadline == stamp(35).uptime)
  }

  @Test("Alarms that the configuration knows no more are cleared once: sensor, quantity and kind count")
  func unknown() {
    let rules = SensorAlarms(quantities: [.temperature: AlarmRules(high: 0)])
    let names = [
      name("gone", .high, .temperature), name("a", .high, .humidity), name("a", .low, .temperature),
      name("a", .stale, nil), name("a", .high, .temperature),
    ]
    let raised = names.map { AlarmTracker.Raised(Alarm($0, value: 1, threshold: 1), since: stamp(0)) }
    var tracker = AlarmTracker(["a": rules], raised: raised, at: Uptime(nanoseconds: 0))
    let dropped = tracker.dropUnknown(at: stamp(1))
    #expect(Set(dropped.map(\.alarm.name)) == Set(names.dropLast()))
    #expect(dropped.allSatisfy { !$0.isRaised && $0.alarm.value == nil && $0.alarm.threshold == nil })
    #expect(tracker.dropUnknown(at: stamp(2)) == [])
    #expect(tracker.raised.map(\.alarm.name) == [names[4]])
  }

  @Test("What is raised is listed with its first value and since when, the oldest first, over a restart too")
  func raised() {
    let rules = ["a", "b"].map { ($0, SensorAlarms(quantities: [.temperature: AlarmRules(high: 0)])) }
    let all = Dictionary(uniqueKeysWithValues: rules)
    var tracker = AlarmTracker(all, raised: [], at: Uptime(nanoseconds: 0))
    _ = tracker.sampled("b", Sample([celsius(1_000)]), at: stamp(1))
    _ = tracker.sampled("a", Sample([celsius(2_000)]), at: stamp(2))
    _ = tracker.sampled("b", Sample([celsius(3_000)]), at: stamp(3))
    let again = AlarmTracker(all, raised: tracker.raised, at: Uptime(nanoseconds: 0))
    for tracker in [tracker, again] {
      #expect(tracker.raised.map(\.alarm.name.sensor) == ["b", "a"])
      #expect(tracker.raised.map(\.alarm.value) == [1_000_000, 2_000_000])
      #expect(tracker.raised.map(\.since) == [stamp(1), stamp(2)])
    }
  }

  @Test("Each quantity of a sensor has its own limits")
  func quantities() {
    let rules = SensorAlarms(quantities: [
      .temperature: AlarmRules(high: 30_000_000), .humidity: AlarmRules(high: 60_000_000),
    ])
    var tracker = AlarmTracker(["a": rules], raised: [], at: Uptime(nanoseconds: 0))
    let damp = Sample([celsius(20_000), .humidity(RelativeHumidity(millipercent: 61_000))])
    #expect(tracker.sampled("a", damp, at: stamp(0)).map(\.alarm.name) == [name("a", .high, .humidity)])
    #expect(tracker.sampled("b", damp, at: stamp(0)) == [])
  }

  @Test("A sample that is old when it comes ends no silence; silence counts from the time of which it tells")
  func oldSamples() {
    var tracker = AlarmTracker(["a": SensorAlarms(stale: .seconds(30))], raised: [], at: Uptime(nanoseconds: 0))
    /// What a look at this second changes, at a value of that second.
    func look(_ second: Int64, _ written: Int64) -> String {
      let sample = Sample([.temperature(Temperature(millicelsius: 1))], age: .seconds(second - written))
      let changes = tracker.sampled("a", sample, at: stamp(written)) + tracker.passed(at: stamp(second))
      return changes.map { "\(second) \($0.isRaised)" }.joined()
    }
    // Of a file that was written four weeks before the start.
    #expect((0..<30).map { look($0, -28 * 86_400) }.joined() == "")
    #expect((30..<200).map { look($0, -28 * 86_400) }.joined() == "30 true")
    // Written again, once.
    #expect((200..<240).map { look($0, 199) }.joined() == "200 false229 true")
    // It was written, and too long ago when it was seen.
    #expect((300..<320).map { look($0, 260) }.joined() == "")
    #expect(look(320, 319) == "320 false")
  }

  @Test("The deadline is that of the sensor that would be stale first; one that is stale has none")
  func deadline() {
    var tracker = AlarmTracker(
      ["a": SensorAlarms(stale: .seconds(30)), "b": SensorAlarms(stale: .seconds(50))], raised: [],
      at: Uptime(nanoseconds: 0))
    #expect(tracker.deadline == stamp(30).uptime)
    _ = tracker.sampled("a", Sample([]), at: stamp(25))
    #expect(tracker.deadline == stamp(50).uptime)
    #expect(tracker.passed(at: stamp(60)).map(\.alarm.name.sensor) == ["a", "b"])
    #expect(tracker.deadline == nil)
  }

  @Test("A day of samples in a window takes no more memory than a minute, and finds the extremes all the same")
  func longWindow() {
    let rules = AlarmRules(rate: .init(change: 9_999_000, within: .seconds(86_400)))
    var tracker = AlarmTracker(
      ["a": SensorAlarms(quantities: [.temperature: rules])], raised: [], at: Uptime(nanoseconds: 0))
    var changes: [AlarmTracker.Change] = []
    for second in 0..<20_000 {
      let value: Int64 = second == 777 ? 10_000 : 20_000
      changes += tracker.sampled("a", Sample([celsius(value)]), at: stamp(Int64(second)))
    }
    #expect(changes.map(\.alarm.value) == [-10_000_000])
  }
}
