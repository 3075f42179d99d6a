import Simulation
import Telemetry
import Testing

@testable import Drivers

@Suite("Resistance thermometers in a divider")
struct DividerTests {
  private func celsius(
    _ element: Divider.Element, ohms: Double, series: Double = 10_000, isAbove: Bool = false
  ) throws -> Double {
    let divider = Divider(element: element, seriesOhms: series, isAbove: isAbove)
    let share = (isAbove ? series : ohms) / (series + ohms)
    return Double(try divider.temperature(share: share).microcelsius) / 1_000_000
  }

  @Test(
    "An NTC by its beta, on either side",
    arguments: [(10_000, 25.00), (3_600, 49.91), (32_650, 0.55), (98_000, -18.82)], [true, false])
  func beta(_ vector: (Double, Double), _ isAbove: Bool) throws {
    let found = try celsius(.beta(ohmsAt25: 10_000, kelvin: 3_950), ohms: vector.0, isAbove: isAbove)
    #expect(abs(found - vector.1) < 0.01, "\(found)")
  }

  @Test(
    "An NTC by Steinhart and Hart: the terms of a usual 10 k one",
    arguments: [(10_000.0, 25.0), (32_650, 0.0), (3_603, 50.0)])
  func steinhartHart(_ ohms: Double, _ expected: Double) throws {
    let found = try celsius(.steinhartHart(a: 1.129148e-3, b: 2.34125e-4, c: 8.76741e-8), ohms: ohms)
    #expect(abs(found - expected) < 0.05, "\(found)")
  }

  @Test(
    "Platinum as in the tables of IEC 60751",
    arguments: [
      (18.520, -200.0), (80.306, -50), (84.271, -40), (99.609, -1), (100.000, 0), (100.391, 1), (109.735, 25),
      (138.505, 100),
      (175.856, 200), (313.708, 600),
    ])
  func platinum(_ ohms: Double, _ expected: Double) throws {
    for scale in [1.0, 10] {
      let found = try celsius(.platinum(ohmsAt0: 100 * scale), ohms: ohms * scale, series: 1_000)
      #expect(abs(found - expected) < 0.01, "\(found)")
    }
  }

  @Test("Open and shorted wires are faults, on either side", arguments: [true, false])
  func broken(_ isAbove: Bool) throws {
    let divider = Divider(element: .platinum(ohmsAt0: 1_000), seriesOhms: 1_000, isAbove: isAbove)
    #expect(try malformedFailure { try divider.temperature(share: 0.001) }.contains(isAbove ? "open" : "shorted"))
    #expect(try malformedFailure { try divider.temperature(share: 0.999) }.contains(isAbove ? "shorted" : "open"))
    for share in [-1, 0, 1, 2] as [Double] {
      #expect(throws: SensorError.self) { try divider.temperature(share: share) }
    }
  }

  @Test("What no thermometer can mean is a fault")
  func beyond() {
    let divider = Divider(element: .beta(ohmsAt25: 10_000, kelvin: 3_950), seriesOhms: 10_000, isAbove: false)
    for share in [0.003, 0.997] {
      guard case .outOfRange = failure({ try divider.temperature(share: share) }) else {
        Issue.record("\(share) was believed")
        return
      }
    }
  }
}

@Suite("ADS1115 and ADS1015")
struct ADS1x15Tests {
  private func make(_ bus: any I2CBus, _ options: [String: DriverOptions.Value]) throws -> any Sensor {
    guard case .i2c(_, let make) = try #require(Catalog.chip(named: "ads1115")).attachment else {
      throw BusError(.failed, "")
    }
    return make(bus, try #require(I2CAddress(0x48)), DriverOptions(options))
  }

  private let divider: [String: DriverOptions.Value] = [
    "input": .text("ain1"), "sensor": .text("ntc"), "series_ohms": .integer(10_000),
  ]

  /// Input 1, 4.096 V, single shot, 128 a second, no comparator.
  private let start: ScriptedBus.Step = .write(0x01, 0xD3, 0x83)
  private let begin: ScriptedBus.Step = .pause(.milliseconds(9))

  @Test("Half of the supply is 25 °C: the input is converted once, the configuration read back")
  func half() throws {
    let once: [ScriptedBus.Step] = [
      start, begin, .exchange(write: [0x01], reply: [0xD3, 0x83]), .exchange(write: [0x00], reply: [0x33, 0x90]),
      .exchange(write: [0x01], reply: [0xD3, 0x83]),
    ]
    let bus = try ScriptedBus(0x48, once + once)
    var sensor = try make(bus, divider)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 25_000_000))
    bus.finish()
  }

  @Test("A conversion that is not done is waited for, and then a fault")
  func slow() throws {
    let busy: [ScriptedBus.Step] = [.exchange(write: [0x01], reply: [0x53, 0x83]), .pause(.milliseconds(1))]
    let bus = try ScriptedBus(
      0x48,
      [start, begin] + Array(repeating: busy, count: 10).flatMap { $0 } + [
        .exchange(write: [0x01], reply: [0x53, 0x83])
      ])
    var sensor = try make(bus, divider)
    #expect(failure { try sensor.start() } == .notReady(after: .milliseconds(10)))
    bus.finish()
  }

  @Test(
    "What does not keep the configuration is another chip",
    arguments: [[0x00, 0x00], [0xFF, 0xFF], [0x85, 0x83]] as [[UInt8]])
  func wrongChip(_ reply: [UInt8]) throws {
    let bus = try ScriptedBus(0x48, [start, begin, .exchange(write: [0x01], reply: reply)])
    var sensor = try make(bus, divider)
    guard case .wrongChip(_, found: reply) = failure({ try sensor.start() }) else {
      Issue.record("it was taken")
      return
    }
  }

  @Test("A voltage below ground, and a supply that is not there, are faults")
  func rubbish() throws {
    let below = try ScriptedBus(
      0x48,
      [
        start, begin, .exchange(write: [0x01], reply: [0xD3, 0x83]), .exchange(write: [0x00], reply: [0x80, 0x00]),
        .exchange(write: [0x01], reply: [0xD3, 0x83]),
      ])
    var sensor = try make(below, divider)
    #expect(try malformedFailure { try sensor.start() }.contains("below ground"))
    let bus = try ScriptedBus(0x48, conversion(0xD1, [0x22, 0x60]) + conversion(0xF1, [0x00, 0x10]))
    var measured = try make(bus, divider.merging(["supply_input": .text("ain3")]) { first, _ in first })
    try measured.start()
    #expect(try malformedFailure { try measured.sample() }.contains("supply"))
    bus.finish()
  }

  /// `high`: the upper byte of the configuration.
  private func conversion(_ high: UInt8, _ result: [UInt8]) -> [ScriptedBus.Step] {
    [
      .write(0x01, high, 0x83), begin, .exchange(write: [0x01], reply: [high, 0x83]),
      .exchange(write: [0x00], reply: result), .exchange(write: [0x01], reply: [high, 0x83]),
    ]
  }

  @Test(
    "A conversion that another program has started is not taken, whenever it comes",
    arguments: [true, false])
  func disturbed(_ isBeforeResult: Bool) throws {
    let mine = conversion(0xD3, [0x33, 0x90])
    let other = ScriptedBus.Step.exchange(write: [0x01], reply: [0xC3, 0x83])
    let bus = try ScriptedBus(0x48, mine + Array(mine.prefix(isBeforeResult ? 2 : 4)) + [other] + mine)
    var sensor = try make(bus, divider)
    try sensor.start()
    #expect(try malformedFailure { try sensor.sample() }.contains("another program"))
    #expect(try sensor.sample() == .celsius(micros: 25_000_000))
    bus.finish()
  }

  /// All four inputs of one chip, each with a temperature of its own.
  private func four() throws -> [SimulatedBoard.Wiring] {
    let options: [[String: DriverOptions.Value]] = [
      ["sensor": .text("ntc"), "series_ohms": .integer(10_000)],
      ["sensor": .text("pt1000"), "series_ohms": .integer(1_000)],
      ["sensor": .text("ntc"), "series_ohms": .integer(4_700), "sensor_side": .text("supply")],
      ["sensor": .text("ntc"), "series_ohms": .integer(10_000), "supply_millivolts": .integer(5_000)],
    ]
    let place = SimulatedBoard.Wiring.Place.i2c(bus: BusPath("i2c-1"), address: try #require(I2CAddress(0x48)))
    return options.enumerated().map { index, options in
      var wiring = SimulatedBoard.Wiring(
        sensor: "s\(index)", driver: "ads1115", place: place,
        options: DriverOptions(options.merging(["input": .text("ain\(index)")]) { $1 }))
      wiring.temperature = .constant(Int64(index) * 15_000_000 - 10_000_000)
      return wiring
    }
  }

  @Test("Four sensors share the chip: each says what is on its own input, in every order")
  func shared() throws {
    let time = ManualTime()
    let wirings = try four()
    let bus = SimulatedBoard(wirings, time: time.source).i2c("i2c-1")
    var sensors = try wirings.map { try make(bus, $0.options.values) }
    for index in sensors.indices { try sensors[index].start() }
    for index in [0, 1, 2, 3, 3, 2, 1, 0, 2, 0, 3, 1] {
      let micros = try #require(try sensors[index].sample().quantities.first).micros
      #expect(abs(micros - (Int64(index) * 15_000_000 - 10_000_000)) <= 150_000, "\(index): \(micros)")
    }
  }

  @Test("What goes wrong with the chip goes wrong with all of its sensors")
  func sharedFault() throws {
    let time = ManualTime()
    var wirings = try four()
    wirings[2].faults = [ScriptedFault(.noAcknowledge, at: Uptime(nanoseconds: 0))]
    let bus = SimulatedBoard(wirings, time: time.source).i2c("i2c-1")
    for wiring in wirings {
      var sensor = try make(bus, wiring.options.values)
      #expect(try busFailure { try sensor.start() }.kind == .noAcknowledge)
    }
  }

  @Test("The supply is measured up to 6.144 V; its value says with which range the input is", arguments: [true, false])
  func ranges(_ isHigh: Bool) throws {
    // 5.0 V and half of it, and 3.0 V and half of it.
    let sample: [ScriptedBus.Step] =
      isHigh
      ? conversion(0xF1, [0x68, 0x2B]) + conversion(0xD1, [0x34, 0x16])
      : conversion(0xF1, [0x3E, 0x80]) + conversion(0xD3, [0x2E, 0xE0])
    let bus = try ScriptedBus(0x48, conversion(0xD1, [0x34, 0x16]) + sample)
    var sensor = try make(bus, divider.merging(["supply_input": .text("ain3")]) { first, _ in first })
    try sensor.start()
    let found = try #require(try sensor.sample().quantities.first).micros
    #expect(abs(found - 25_000_000) <= 3_000)
    bus.finish()
  }

  @Test("What is above the range is no voltage", arguments: [[0x7F, 0xFF], [0x7F, 0xF0]] as [[UInt8]])
  func clipped(_ result: [UInt8]) throws {
    let input = try ScriptedBus(0x48, conversion(0xD3, result))
    var sensor = try make(input, divider)
    #expect(try malformedFailure { try sensor.start() }.contains("above the range of 4096 mV"))
    let supply = try ScriptedBus(0x48, conversion(0xD1, [0x34, 0x16]) + conversion(0xF1, result))
    var measured = try make(supply, divider.merging(["supply_input": .text("ain3")]) { first, _ in first })
    try measured.start()
    #expect(try malformedFailure { try measured.sample() }.contains("above the range of 6144 mV"))
  }

  @Test(
    "Every way to wire it reads its twin",
    arguments: [
      ["sensor": .text("pt100"), "series_ohms": .integer(100)],
      ["sensor": .text("pt1000"), "series_ohms": .integer(1_000)],
      ["sensor_side": .text("supply")], ["supply_input": .text("ain3")],
      ["supply_input": .text("ain0"), "supply_millivolts": .integer(5_000)],
      ["supply_input": .text("ain0"), "supply_millivolts": .integer(5_500), "sensor_side": .text("supply")],
      ["ohms_at_25": .integer(100_000), "beta": .integer(4_250)],
    ] as [[String: DriverOptions.Value]])
  func twins(_ more: [String: DriverOptions.Value]) throws {
    let time = ManualTime()
    let options = DriverOptions(divider.merging(more) { $1 })
    let address = try #require(I2CAddress(0x48))
    var wiring = SimulatedBoard.Wiring(
      sensor: "a", driver: "ads1115", place: .i2c(bus: BusPath("i2c-1"), address: address), options: options)
    for micros in [-20_000_000, -62_500, 0, 21_500_000, 80_000_000] as [Int64] {
      wiring.temperature = .constant(micros)
      var sensor = try make(SimulatedBoard([wiring], time: time.source).i2c("i2c-1"), options.values)
      try sensor.start()
      let found = try #require(try sensor.sample().quantities.first).micros
      // A PT100 changes by a hundredth of the supply for ten degrees.
      #expect(abs(found - micros) <= 150_000, "\(found)")
    }
  }

  @Test(
    "Options that do not go together are told",
    arguments: [
      (["sensor": .text("pt100"), "beta": .integer(3_950)], "`beta` is for an NTC"),
      (["supply_input": .text("ain1")], "the same"),
      (["beta": .integer(3_950), "steinhart_hart": .text("1e-3 2e-4 1e-7")], "in place of"),
    ] as [([String: DriverOptions.Value], String)])
  func conflicts(_ more: [String: DriverOptions.Value], _ words: String) throws {
    let chip = try #require(Catalog.chip(named: "ads1115"))
    #expect(chip.conflict(DriverOptions(divider)) == nil)
    #expect(chip.conflict(DriverOptions(divider.merging(more) { $1 }))?.contains(words) == true)
  }
}
