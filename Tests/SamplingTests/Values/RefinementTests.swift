import Drivers
import Sampling
import Telemetry
import Testing

/// Answers what is queued, the last one for ever.
private struct QueuedSensor: Sensor {
  var answers: [Result<Sample, SensorError>]

  mutating func start() throws(SensorError) {}
  mutating func sample() throws(SensorError) -> Sample {
    try (answers.count > 1 ? answers.removeFirst() : answers[0]).get()
  }
}

private func degrees(_ milli: Int64) -> Quantity { .temperature(Temperature(millicelsius: milli)) }
private func percent(_ milli: Int64) -> Quantity { .humidity(RelativeHumidity(millipercent: milli)) }

@Suite("From raw to meaning")
struct RefinementTests {
  private func refined(
    _ rules: [Quantity.Kind: Refinement.Rules], _ answers: Result<Sample, SensorError>...
  ) -> RefinedSensor { RefinedSensor(QueuedSensor(answers: answers), Refinement(rules)) }

  private func failure(_ sensor: inout RefinedSensor) -> SensorError? {
    do throws(SensorError) {
      _ = try sensor.sample()
      return nil
    } catch { return error }
  }

  @Test(
    "A value outside the range is a fault that carries it; at both ends it is a reading",
    arguments: [
      (-40_001, false), (-40_000, true), (0, true), (60_000, true), (60_001, false),
    ] as [(Int64, Bool)])
  func range(_ milli: Int64, _ isReading: Bool) {
    var sensor = refined([.temperature: .init(range: -40_000_000...60_000_000)], .success(Sample([degrees(milli)])))
    let expected = SensorError.implausible(degrees(milli), allowed: degrees(-40_000)...degrees(60_000))
    #expect(failure(&sensor) == (isReading ? nil : expected))
  }

  @Test("What is set for a quantity that the sample does not have is a fault that says where it belongs")
  func otherQuantity() throws {
    var sensor = RefinedSensor(
      QueuedSensor(answers: [.success(Sample([percent(56_000)]))]), Refinement([:], expected: [.temperature]))
    let words = "it measures humidity, and what is set for it is for temperature: put it into `humidity: {…}`"
    #expect(failure(&sensor) == .malformed(words, bytes: []))
    var right = RefinedSensor(
      QueuedSensor(answers: [.success(Sample([percent(56_000)]))]), Refinement([:], expected: [.humidity]))
    #expect(try right.sample().quantities == [percent(56_000)])
  }

  @Test("How old a sample is, and how good, stays")
  func age() throws {
    let rules: [Quantity.Kind: Refinement.Rules] = [.temperature: .init(calibration: Calibration(offset: 500_000))]
    var sensor = refined(rules, .success(Sample([degrees(20_000)], quality: .suspect, age: .seconds(3))))
    #expect(try sensor.sample() == Sample([degrees(20_500)], quality: .suspect, age: .seconds(3)))
  }

  @Test("The range is for the calibrated value")
  func order() throws {
    let rules = Refinement.Rules(calibration: Calibration(offset: -1_000_000), range: 0...10_000_000)
    var sensor = refined([.temperature: rules], .success(Sample([degrees(10_500)])), .success(Sample([degrees(500)])))
    #expect(try sensor.sample().quantities == [degrees(9_500)])
    #expect(failure(&sensor) == .implausible(degrees(-500), allowed: degrees(0)...degrees(10_000)))
  }

  @Test("A value out of range spoils neither its neighbours in the window nor those of the other quantity")
  func noTrace() throws {
    let rules: [Quantity.Kind: Refinement.Rules] = [
      .humidity: .init(smoothing: Smoothing(.mean, of: 3)),
      .temperature: .init(range: 0...50_000_000, smoothing: Smoothing(.mean, of: 3)),
    ]
    var sensor = refined(
      rules, .success(Sample([percent(40_000), degrees(20_000)])),
      .success(Sample([percent(90_000), degrees(99_000)])),
      .success(Sample([percent(44_000), degrees(22_000)])))
    #expect(try sensor.sample().quantities == [percent(40_000), degrees(20_000)])
    #expect(failure(&sensor) != nil)
    #expect(try sensor.sample().quantities == [percent(42_000), degrees(21_000)])
  }

  @Test("A sensor that is started anew mixes no old values with new ones")
  func startsAnew() throws {
    var sensor = refined(
      [.temperature: .init(smoothing: Smoothing(.mean, of: 5))], .success(Sample([degrees(-18_000)])),
      .success(Sample([degrees(4_000)])))
    #expect(try sensor.sample().quantities == [degrees(-18_000)])
    try sensor.start()
    #expect(try sensor.sample().quantities == [degrees(4_000)])
  }

  @Test("Each quantity has its own rules; without rules, and of a contact, nothing changes; the quality stays")
  func others() throws {
    let sample = Sample([degrees(20_000), percent(40_000), .contact(true)], quality: .suspect)
    var sensor = refined(
      [
        .humidity: .init(calibration: Calibration(offset: 2_000_000)),
        .contact: .init(calibration: Calibration(offset: 5)),
      ],
      .success(sample))
    #expect(
      try sensor.sample() == Sample([degrees(20_000), percent(42_000), .contact(true)], quality: .suspect))
  }

  @Test("A calibrated humidity stays between 0 and 100 %")
  func humidity() throws {
    var sensor = refined(
      [.humidity: .init(calibration: Calibration(scale: 1_100_000, offset: -5_000_000))],
      .success(Sample([percent(99_000)])), .success(Sample([percent(1_000)])))
    #expect(try sensor.sample().quantities == [percent(100_000)])
    #expect(try sensor.sample().quantities == [percent(0)])
  }

  @Test("A fault of the sensor comes through as it is")
  func fault() {
    let fault = SensorError.bus(BusError(.noAcknowledge, "read", code: 121))
    var sensor = refined([.temperature: .init(range: 0...1)], .failure(fault))
    #expect(failure(&sensor) == fault)
  }
}

@Suite("The dead band")
struct DeadBandTests {
  private func at(_ seconds: Int64) -> Uptime { Uptime(nanoseconds: seconds * 1_000_000_000) }

  private func admitted(_ band: inout DeadBand, _ steps: [(Int64, [Quantity])]) -> [Bool] {
    steps.map { band.admits(Sample($0.1), at: at($0.0)) }
  }

  private func band(_ bands: [Quantity.Kind: Int64] = [.temperature: 500_000]) -> DeadBand {
    DeadBand(DeadBand.Rules(bands: bands, maximumSilence: .seconds(60)))
  }

  @Test("What is nearer to the last published value than the band is left out, on both sides; what is as far passes")
  func near() {
    var band = band()
    let values: [Int64] = [20_000, 20_499, 19_501, 20_500, 20_001, 20_000, 19_500]
    let steps = values.enumerated().map { (Int64($0.offset), [degrees($0.element)]) }
    #expect(admitted(&band, steps) == [true, false, false, true, false, true, true])
  }

  @Test("A value that creeps is published when it has crept far enough from the last published one")
  func creeping() {
    var band = band()
    let steps = (0...10).map { (Int64($0), [degrees(Int64($0) * 100)]) }
    #expect(
      admitted(&band, steps) == [true, false, false, false, false, true, false, false, false, false, true])
  }

  @Test("After the longest silence a value passes, and the silence begins anew")
  func silence() {
    var band = band()
    let steps = [0, 59, 60, 61, 119, 120].map { (Int64($0), [degrees(20_000)]) }
    #expect(admitted(&band, steps) == [true, false, true, false, false, true])
  }

  @Test("A quantity without a band goes along, but is no news")
  func others() {
    var band = band()
    #expect(
      admitted(&band, [(0, [degrees(20_000), percent(40_000)]), (1, [degrees(20_000), percent(90_000)])])
        == [true, false])
  }

  @Test("Another quality, or another set of quantities, is news")
  func quality() {
    var band = band()
    let samples = [
      Sample([degrees(20_000)]), Sample([degrees(20_000)], quality: .suspect),
      Sample([degrees(20_000), percent(1)], quality: .suspect),
    ]
    let found = samples.map { band.admits($0, at: at(0)) }
    #expect(found == [true, true, true])
  }

  @Test("What was told to forget lets the next one pass")
  func forgets() {
    var band = band()
    #expect(admitted(&band, [(0, [degrees(20_000)]), (1, [degrees(20_000)])]) == [true, false])
    band.forget()
    #expect(admitted(&band, [(2, [degrees(20_000)])]) == [true])
  }
}
