import Telemetry
import Testing

@testable import Configuration

/// A tmp102 (temperature), a bme280 (temperature, humidity, pressure) and a contact.
private func hall(_ lines: [String]) -> String {
  let head = ["  - id: hall", "    driver: bme280", "    bus: i2c-1", "    address: 0x76"]
  return file(sensors: (head + lines.map { "    " + $0 }).joined(separator: "\n") + "\n")
}

private func door(_ lines: [String]) -> String {
  let head = ["  - id: door", "    driver: contact", "    line: GPIO17"]
  return file(sensors: (head + lines.map { "    " + $0 }).joined(separator: "\n") + "\n")
}

@Suite("What values mean: right files")
struct MeaningTests {
  @Test("A sensor that says nothing is published as it is, and not watched")
  func nothing() throws {
    let meaning = try load(file()).sensors[0].meaning
    #expect(meaning.quantities == [.temperature: QuantitySettings()])
    #expect(meaning.stale == nil)
    #expect(meaning.maximumSilence == .seconds(600))
  }

  @Test("Every key has an effect")
  func everyKey() throws {
    let meaning = try load(
      file(sensor: [
        "offset: -0.3", "scale: 1.002", "range: {low: -40, high: 60.5}", "median: 5", "round: 0.1", "unit: F",
        "dead_band: 0.25", "max_silence: 5m",
        "alarms: {high: -15, low: -30.5, rate: {change: 2, within: 10m}, hysteresis: 1.5, hold: 90s, stale: 1m}",
      ])
    ).sensors[0].meaning
    let found = try #require(meaning.quantities[.temperature])
    #expect(found.offset == -300_000)
    #expect(found.scale == 1_002_000)
    #expect(found.curve == nil)
    #expect(found.range == -40_000_000...60_500_000)
    #expect(found.smoothing == .median(5))
    #expect(found.step == 100_000)
    #expect(found.unit == .fahrenheit)
    #expect(found.deadBand == 250_000)
    #expect(meaning.maximumSilence == .seconds(300))
    #expect(meaning.stale == .seconds(60))
    let alarms = try #require(found.alarms)
    #expect(alarms.high == -15_000_000)
    #expect(alarms.low == -30_500_000)
    #expect(alarms.hysteresis == 1_500_000)
    #expect(alarms.rate == .init(change: 2_000_000, within: .seconds(600)))
    #expect(alarms.hold == .seconds(90))
  }

  @Test("A rate's time may be twice the interval; and that of another quantity is held against it too")
  func shortestRate() throws {
    let right = try load(file(sensor: ["every: 30m", "alarms: {rate: {change: 1, within: 1h}}"])).sensors[0]
    #expect(right.meaning.quantities[.temperature]?.alarms?.rate?.within == .seconds(3_600))
    #expect(
      reasons(hall(["every: 1h", "pressure: {alarms: {rate: {change: 5, within: 1h}}}"])) == [
        "must be at least twice the interval of this sensor, which is 1h: there is nothing to compare with otherwise; "
          + "did you mean \"2h\"?"
      ])
  }

  @Test("A curve, a mean, kelvin; and the usual hysteresis of each quantity")
  func others() throws {
    let meaning = try load(
      hall([
        "calibration: [{measured: 0.4, actual: 0}, {measured: 50.3, actual: 50}]", "mean: 10", "unit: K",
        "alarms: {high: 30}", "humidity: {offset: 2, dead_band: 1, alarms: {low: 20}}",
        "pressure: {range: {low: 900, high: 1100}, alarms: {rate: {change: 5, within: 3h}}}",
      ])
    ).sensors[0].meaning
    let temperature = try #require(meaning.quantities[.temperature])
    #expect(
      temperature.curve == [
        .init(measured: 400_000, actual: 0), .init(measured: 50_300_000, actual: 50_000_000),
      ])
    #expect(temperature.smoothing == .mean(10))
    #expect(temperature.unit == .kelvin)
    #expect(meaning.quantities[.humidity]?.offset == 2_000_000)
    #expect(meaning.quantities[.humidity]?.deadBand == 1_000_000)
    #expect(meaning.quantities[.pressure]?.range == 900_000_000...1_100_000_000)
    #expect(
      meaning.quantities.mapValues { $0.alarms?.hysteresis } == [
        .temperature: 500_000, .humidity: 2_000_000, .pressure: 1_000_000,
      ])
  }

  @Test("Silence alone can be watched, of a contact too")
  func stale() throws {
    #expect(try load(door(["alarms: {stale: 1h}"])).sensors[0].meaning.stale == .seconds(3_600))
    let meaning = try load(file(sensor: ["alarms: {stale: 1h}"])).sensors[0].meaning
    #expect(meaning.stale == .seconds(3_600))
    #expect(meaning.quantities[.temperature]?.alarms == nil)
  }

  @Test(
    "A remote command may ask for no interval that the file could not have beside its alarms",
    arguments: [
      ([], 86_400), (["alarms: {stale: 5m}"], 299), (["every: 1s", "alarms: {stale: 1500ms}"], 1),
      (["alarms: {rate: {change: 1, within: 1h}}"], 1_800),
      (["alarms: {stale: 1h, rate: {change: 1, within: 10m}}"], 300),
      (["alarms: {stale: 30d}"], 86_400), (["every: 10s", "alarms: {rate: {change: 1, within: 20s}}"], 10),
    ] as [([String], Int64)])
  func longestInterval(_ lines: [String], _ seconds: Int64) throws {
    let sensor = try load(file(sensor: lines)).sensors[0]
    #expect(sensor.possibleIntervals == sensor.chip.minimumInterval...(.seconds(seconds)))
    #expect(sensor.possibleIntervals.contains(sensor.every))
  }

  @Test("The rate of another quantity limits the interval too")
  func longestOfAll() throws {
    let sensor = try load(hall(["alarms: {stale: 1d}", "pressure: {alarms: {rate: {change: 5, within: 1h}}}"])).sensors[
      0]
    #expect(sensor.possibleIntervals.upperBound == .seconds(1_800))
  }

  @Test("A sensor that is read more rarely than the usual silence is published each time")
  func rare() throws {
    let meaning = try load(file(sensor: ["every: 1h", "dead_band: 1"])).sensors[0].meaning
    #expect(meaning.maximumSilence == .seconds(3_600))
  }

  @Test("What the example shows in comments of its sensors loads")
  func example() throws {
    let text = try exampleFile()
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let uncommented = try lines.map { line in
      // Not what is prose.
      try #/    # ( *)((- {|[a-z_]+:).*)/#.wholeMatch(in: line).map { "    " + $0.1 + $0.2 } ?? String(line)
    }
    let changed = zip(lines, uncommented).filter { $0 != $1 }.count
    #expect(changed >= 15)
    let sensors = try load(uncommented.joined(separator: "\n")).sensors
    let meanings = sensors.map(\.meaning)
    #expect(meanings.contains { $0.stale != nil } && meanings.contains { $0.quantities[.humidity]?.alarms != nil })
    #expect(meanings.contains { $0.quantities[.temperature]?.curve != nil })
    #expect(meanings.contains { $0.quantities[.temperature]?.deadBand != nil })
  }
}

@Suite("What values mean: mistakes")
struct MeaningMistakesTests {
  /// The sensor's keys begin on line 9.
  @Test(
    "Each mistake is told with its place, the reason, and what is meant",
    arguments: [
      ("offset: warm", "9:13 sensors[0].offset: must be a number in °C, not \"warm\""),
      ("offset: 1,5", "9:13 sensors[0].offset: must be a number with a decimal point, not \"1,5\"; did you mean 1.5?"),
      ("offset: 1.5C", "9:13 sensors[0].offset: must be a number alone, in °C, not \"1.5C\""),
      ("offset: 1e3", "9:13 sensors[0].offset: 1e3 is out of range: -100 to 100"),
      ("offset: 1e3C", "9:13 sensors[0].offset: must be a number alone, in °C, not \"1e3C\""),
      ("offset: +1.5C", "9:13 sensors[0].offset: must be a number alone, in °C, not \"+1.5C\""),
      ("offset: \u{2212}0.3", "9:13 sensors[0].offset: must be a number, not \"\u{2212}0.3\"; did you mean -0.3?"),
      ("offset: --1", "9:13 sensors[0].offset: must be a number in °C, not \"--1\""),
      ("offset: +-1", "9:13 sensors[0].offset: must be a number in °C, not \"+-1\""),
      ("offset: 0.1234567", "9:13 sensors[0].offset: 0.1234567 has more than six digits behind the point"),
      ("offset: 99999999999999999999", "9:13 sensors[0].offset: 99999999999999999999 is too large"),
      ("offset: 100.1", "9:13 sensors[0].offset: 100.1 is out of range: -100 to 100"),
      ("offset: [1]", "9:13 sensors[0].offset: must be a single value, not a list"),
      ("scale: 0", "9:12 sensors[0].scale: 0 is out of range: 0.5 to 2"),
      ("ofset: 1", "9:5 sensors[0].ofset: unknown key \"ofset\"; did you mean \"offset\"?"),
      ("unit: f", "9:11 sensors[0].unit: unknown value \"f\"; did you mean \"F\"?"),
      ("unit: Rankine", "9:11 sensors[0].unit: unknown value \"Rankine\"; known are C, F, K"),
      ("round: 0", "9:12 sensors[0].round: 0 is out of range: 0.001 to 100"),
      ("median: 1", "9:13 sensors[0].median: 1 is out of range: 2 to 100"),
      ("mean: 2.5", "9:11 sensors[0].mean: must be a whole number, not \"2.5\""),
      ("range: 5", "9:12 sensors[0].range: must be a group of keys, not a single value"),
      ("range: {low: 5}", "9:12 sensors[0].range.high: is missing: the highest value that makes sense"),
      ("range: {low: 5, high: 5}", "9:27 sensors[0].range.high: high must be above low, which is 5"),
      ("range: {low: -300, high: 5}", "9:18 sensors[0].range.low: -300 is out of range: -273.15 to 2000"),
      ("dead_band: 0", "9:16 sensors[0].dead_band: 0 is out of range: 0.001 to 100"),
      (
        "max_silence: 5m",
        "9:18 sensors[0].max_silence: needs dead_band beside it: without one every reading is published"
      ),
      ("humidity: {offset: 1}", "9:15 sensors[0].humidity: tmp102 measures no humidity, only temperature"),
      (
        "temperature: {offset: 1}",
        "9:18 sensors[0].temperature: temperature is the main quantity of tmp102: put its keys directly under the sensor"
      ),
      ("alarms: {}", "9:13 sensors[0].alarms: needs a limit: high, low, rate or stale"),
      ("alarms: {hold: 5m}", "9:20 sensors[0].alarms.hold: needs high, low or rate beside it"),
      ("alarms: {stale: 1h, hysteresis: 1}", "9:37 sensors[0].alarms.hysteresis: needs high, low or rate beside it"),
      ("alarms: {height: 5}", "9:14 sensors[0].alarms.height: unknown key \"height\"; did you mean \"high\"?"),
      ("alarms: {high: 5, low: 5}", "9:20 sensors[0].alarms.high: high must be above low, which is 5"),
      ("alarms: {high: 2, low: 5}", "9:20 sensors[0].alarms.high: high must be above low, which is 5"),
      (
        "alarms: {high: 5, low: 3, hysteresis: 2}",
        "9:43 sensors[0].alarms.hysteresis: hysteresis must be smaller than the band from low to high, 2 °C"
      ),
      (
        "alarms: {high: 5, low: 4.5}",
        "9:20 sensors[0].alarms.high: hysteresis (0.5 °C unless the file says otherwise) must be smaller than the band from "
          + "low to high, 0.5 °C"
      ),
      (
        "alarms: {rate: {change: 1, within: 1m}, hysteresis: 1}",
        "9:57 sensors[0].alarms.hysteresis: hysteresis must be smaller than rate.change, 1 °C"
      ),
      (
        "alarms: {rate: {change: 1}}",
        "9:20 sensors[0].alarms.rate.within: is missing: in which time, such as 10m"
      ),
      (
        "alarms: {rate: {change: 1, within: 19s}}",
        "9:40 sensors[0].alarms.rate.within: must be at least twice the interval of this sensor, which is 10s: there is "
          + "nothing to compare with otherwise; did you mean \"20s\"?"
      ),
      ("alarms: {rate: 5}", "9:20 sensors[0].alarms.rate: must be a group of keys, not a single value"),
      (
        "alarms: {rate: {change: -1, within: 1m}}",
        "9:29 sensors[0].alarms.rate.change: -1 is out of range: 0.001 to 2000"
      ),
      ("alarms: {high: 5, hold: 30}", "9:29 sensors[0].alarms.hold: 30 has no unit; did you mean \"30s\"?"),
      (
        "alarms: {stale: 10s}",
        "9:21 sensors[0].alarms.stale: must be longer than the interval of this sensor, which is 10s"
      ),
      ("calibration: []", "9:18 sensors[0].calibration: needs at least two points; for one there is offset"),
      (
        "calibration: [{measured: 1, actual: 1}]",
        "9:18 sensors[0].calibration: needs at least two points; for one there is offset"
      ),
      (
        "calibration: [{measured: 1, actual: 1}, {measured: 1, actual: 2}]",
        "9:45 sensors[0].calibration[1]: measured must be above 1, that of the point before: the curve must rise"
      ),
      (
        "calibration: [{measured: 1, actual: 3}, {measured: 2, actual: 2}]",
        "9:45 sensors[0].calibration[1]: actual must be above 3, that of the point before: the curve must rise"
      ),
      (
        "calibration: [{measured: 1, actual: 1}, {measured: 2}]",
        "9:45 sensors[0].calibration[1].actual: is missing: what is true"
      ),
      (
        "calibration: [[1, 1], {measured: 2, actual: 2}]",
        "9:19 sensors[0].calibration[0]: must be a group of keys, not a list"
      ),
      (
        "calibration: 5",
        "9:18 sensors[0].calibration: must be a list (lines that begin with \"- \"), not a single value"
      ),
    ])
  func each(_ line: String, _ mistake: String) {
    #expect(mistakes(file(sensor: [line])) == [mistake])
  }

  @Test("Settings that contradict each other are refused")
  func contradictions() {
    let curve = "calibration: [{measured: 0, actual: 1}, {measured: 9, actual: 9}]"
    #expect(
      mistakes(file(sensor: [curve, "offset: 1", "scale: 1"])) == [
        "10:13 sensors[0].offset: offset and calibration both correct the value: only one of them can",
        "11:12 sensors[0].scale: scale and calibration both correct the value: only one of them can",
      ])
    #expect(
      mistakes(file(sensor: ["mean: 5", "median: 5"])) == [
        "9:11 sensors[0].mean: median and mean both smooth the value: only one of them can"
      ])
    #expect(
      mistakes(file(sensor: ["range: {low: -40, high: 60}", "alarms: {high: 60, low: -41}"])) == [
        "10:20 sensors[0].alarms.high: no value will be beyond 60: outside the range -40 to 60 it is a fault",
        "10:29 sensors[0].alarms.low: no value will be beyond -41: outside the range -40 to 60 it is a fault",
      ])
    #expect(
      mistakes(file(sensor: ["every: 20m", "dead_band: 1", "max_silence: 10m"])) == [
        "11:18 sensors[0].max_silence: 10m is out of range: 20m to 1d"
      ])
  }

  @Test("A group of another quantity has its own unit and limits, and neither silence nor stale")
  func groups() {
    #expect(
      mistakes(hall(["humidity: {unit: F, alarms: {stale: 1h}, offset: 101, range: {low: 0, high: 101}}"]))
        == [
          "9:22 sensors[0].humidity.unit: unknown value \"F\"; known are %",
          "9:34 sensors[0].humidity.alarms.stale: unknown key \"stale\"; known are high, low, rate, hysteresis, hold",
          "9:54 sensors[0].humidity.offset: 101 is out of range: -100 to 100",
          "9:81 sensors[0].humidity.range.high: 101 is out of range: 0 to 100",
        ])
    #expect(
      mistakes(hall(["pressure: 5"])) == ["9:15 sensors[0].pressure: must be a group of keys, not a single value"])
  }

  @Test("A contact has no number to correct, round or limit; its line's offset is something else")
  func contact() {
    #expect(
      mistakes(door(["round: 1", "alarms: {high: 1, stale: 1h}"])) == [
        "8:5 sensors[0].round: unknown key \"round\"; known are id, driver, every, line, chip, offset, bias, active_low, "
          + "debounce_ms, alarms",
        "9:14 sensors[0].alarms.high: unknown key \"high\"; known are stale",
      ])
  }

  @Test("Mistakes in what a value means are told beside all others, in one run")
  func together() {
    #expect(
      mistakes(file(sensor: ["every: 10", "offset: x", "alarms: {high: y}"])) == [
        "9:12 sensors[0].every: 10 has no unit; did you mean \"10s\"?",
        "10:13 sensors[0].offset: must be a number in °C, not \"x\"",
        "11:20 sensors[0].alarms.high: must be a number in °C, not \"y\"",
      ])
  }

  @Test(
    "No digits and signs crash the reader of numbers",
    arguments: [
      "", "-", "+", ".", "-.", "+.", "1.2.3", "९", "1_000", "0x10", "٣", "∞", "nan", "1 000", " 1", "e", "1e", "e5",
      "1e+",
      "1e1.5", "1e1e1", "++1", "-+1", "1-", "1+", "0e", ".e1", "9999999999", "1e9", "1e99999999999999999999",
      "1e-7", "1e-99999999999999999999", "0.0000001", "-1000000000",
    ])
  func noNumbers(_ text: String) {
    guard case .mistake(let reason) = DecimalNotation.parse(text, unit: "°C") else {
      Issue.record("taken for a number")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test(
    "Numbers are read as people and YAML write them, with all their digits",
    arguments: [
      ("-0", 0), ("00012", 12_000_000), ("+0.3", 300_000), ("+5", 5_000_000), (".5", 500_000), ("-.5", -500_000),
      ("+.5", 500_000), ("5.", 5_000_000), ("-5.", -5_000_000), ("0.", 0), (".0", 0), ("1e-3", 1_000),
      ("2.15e1", 21_500_000),
      ("-2.5E+2", -250_000_000), (".5e1", 5_000_000), ("0e99", 0), ("1e-6", 1),
      ("999999999.999999", 999_999_999_999_999),
      ("0.1000000", 100_000), ("0.000001", 1), ("1000e-3", 1_000_000), ("0000000000001", 1_000_000),
      ("1e8", 100_000_000_000_000),
      ("0.30000000000000", 300_000),
    ] as [(String, Int64)])
  func numbers(_ text: String, _ micros: Int64) {
    #expect(DecimalNotation.parse(text, unit: "°C") == .value(micros))
  }

  @Test(
    "A number that counts nothing is told so in words, and leading zeros are no base of eight",
    arguments: [
      ("scale: 1:30", "must be a number without a unit, such as 1.05, not \"1:30\""),
      ("scale: 1x", "must be a number without a unit, such as 1.05, not \"1x\""),
      ("scale: \"1,5\"", "did you mean 1.5?"), ("scale: ++1", "must be a number without a unit"),
      ("offset: 0o22", "must be a number alone, in °C"), ("offset: 0x16", "must be a number alone, in °C"),
    ])
  func strangeNumbers(_ key: String, _ reason: String) {
    let found = reasons(file(sensor: [key]))
    #expect(found.count == 1 && found[0].contains(reason), "\(found)")
  }

  @Test("022 is 22, as a decimal and as a whole number")
  func leadingZeros() throws {
    let sensors = """
        - {id: a, driver: file, path: /run/t, offset: 022, temperature: {offset: 022}}
        - {id: b, driver: contact, chip: x, offset: 022}

      """
    let settings = try load(file(sensors: sensors))
    let plain = try load(file(sensors: sensors.replacing("022", with: "22")))
    #expect(settings.sensors[0].meaning == plain.sensors[0].meaning)
    #expect(settings.sensors[1].options.integer("offset") == 22)
  }
}
