import Drivers
import Simulation
import Telemetry
import Testing

/// One sensor of a catalog entry on its simulated twin.
struct Rig {
  static let temperature: Int64 = 21_500_000
  static let humidity: Int64 = 45_000_000
  static let pressure: Int64 = 1_013_250_000

  let chip: Chip
  let time = ManualTime()
  let board: SimulatedBoard

  /// The options that a chip of the catalog needs beside its name.
  private static let options: [String: [String: DriverOptions.Value]] = [
    "ds18b20": ["device": .text("28-0316a2795e3c")], "max31850": ["device": .text("3b-0316a2795e3c")],
    "hwmon": ["name": .text("tmp105"), "device": .text("1-0048")],
    "iio": ["name": .text("hdc1080")],
    "file": ["path": .text("/run/boiler/temperature")],
    "thermal": ["zone": .text("cpu-thermal")],
    "ads1115": ["input": .text("ain0"), "sensor": .text("ntc"), "series_ohms": .integer(10_000)],
    "ads1015": ["input": .text("ain2"), "sensor": .text("ntc"), "series_ohms": .integer(11_700)],
    "dht11": ["line": .text("GPIO4")], "dht22": ["line": .text("GPIO4")], "tmp05": ["line": .text("GPIO5")],
    "contact": ["line": .text("GPIO17"), "active_low": .boolean(true)],
  ]

  var options: DriverOptions { DriverOptions(Self.options[chip.name] ?? [:]) }

  init(
    _ driver: String, temperature: Int64 = temperature, contact: Int64 = 1_000_000, faults: [ScriptedFault] = []
  ) throws {
    chip = try #require(Catalog.chip(named: driver))
    var wiring = SimulatedBoard.Wiring(
      sensor: driver, driver: driver, place: try Self.place(of: chip),
      options: DriverOptions(Self.options[driver] ?? [:]))
    wiring.temperature = .constant(temperature)
    wiring.humidity = .constant(Self.humidity)
    wiring.pressure = .constant(Self.pressure)
    wiring.contact = .constant(contact)
    wiring.faults = faults
    board = SimulatedBoard([wiring], time: time.source)
  }

  private static func place(of chip: Chip) throws -> SimulatedBoard.Wiring.Place {
    switch chip.attachment {
    case .i2c(let addresses, _): .i2c(bus: BusPath("i2c-1"), address: try #require(I2CAddress(addresses[0].lowerBound)))
    case .sysfs: .sysfs
    case .gpio: .gpio
    }
  }

  /// Whether this is what the twin was given to measure, within one step of the coarsest chip.
  static func isTruth(_ quantity: Quantity) -> Bool {
    switch quantity {
    case .temperature(let value): abs(value.microcelsius - temperature) <= 11_000
    case .humidity(let value): abs(value.micropercent - humidity) <= 31_000
    case .pressure(let value): abs(value.microhectopascal - pressure) <= 100_000
    case .contact(let closed): closed
    }
  }

  /// Where the twin of an I²C driver hangs: the first address that the chip can have.
  var address: I2CAddress {
    get throws {
      guard case .i2c(let addresses, _) = chip.attachment else { throw BusError(.unsupported, chip.name) }
      return try #require(I2CAddress(addresses[0].lowerBound))
    }
  }

  func sensor(on bus: any I2CBus) throws -> any Sensor {
    guard case .i2c(_, let make) = chip.attachment else { throw BusError(.unsupported, chip.name) }
    return make(bus, try address, options)
  }

  func sensor() throws -> any Sensor {
    switch chip.attachment {
    case .i2c: try sensor(on: board.i2c("i2c-1"))
    case .sysfs(_, let make): make(board.sysfs(), options)
    case .gpio(_, let make): make(board.gpio(), options)
    }
  }
}

@Suite("Catalog")
struct CatalogTests {
  static let drivers = Catalog.chips.map(\.name)
  static let thermometers = drivers.filter { $0 != "contact" }
  /// A MAX30205 is for skin; the twelve bits of an ADS1015 are coarse there.
  static let cold = thermometers.filter { !["max30205", "ads1015"].contains($0) }
  static let i2cDrivers = Catalog.chips.filter { if case .i2c = $0.attachment { true } else { false } }.map(\.name)

  @Test("Every name is there once and is found exactly as it is written")
  func names() {
    #expect(Set(Self.drivers).count == Self.drivers.count)
    #expect(Self.drivers.allSatisfy { Catalog.chip(named: $0)?.name == $0 })
    #expect(Catalog.chip(named: "TMP105") == nil)
    #expect(Catalog.chip(named: "") == nil)
  }

  @Test("Every entry is complete", arguments: drivers)
  func complete(_ driver: String) throws {
    let chip = try #require(Catalog.chip(named: driver))
    #expect(!chip.parts.isEmpty)
    #expect(!chip.measures.isEmpty)
    #expect(!chip.source.isEmpty)
    #expect(chip.minimumInterval > .zero)
    #expect(chip.options.allSatisfy { !$0.meaning.isEmpty })
    #expect(Set(chip.options.map(\.name)).count == chip.options.count)
    for option in chip.options {
      guard case .pattern(let example, let accepts) = option.shape else { continue }
      #expect(accepts(example), "the example of \(option.name)")
      #expect(!accepts(""))
      #expect(!accepts("../" + example))
      #expect(!accepts(example + "/"))
    }
    guard case .i2c(let addresses, _) = chip.attachment else { return }
    #expect(!addresses.isEmpty)
    #expect(addresses.allSatisfy { I2CAddress($0.lowerBound) != nil && I2CAddress($0.upperBound) != nil })
  }

  @Test("Every driver reads its simulated twin", arguments: drivers)
  func readsItsTwin(_ driver: String) throws {
    let rig = try Rig(driver)
    var sensor = try rig.sensor()
    try sensor.start()
    let sample = try sensor.sample()
    #expect(sample.quality == .good)
    #expect(sample.quantities.map(\.kind) == rig.chip.measures)
    #expect(sample.quantities.allSatisfy(Rig.isTruth), "\(sample.quantities)")
  }

  @Test("Every thermometer reads its twin below zero", arguments: cold)
  func readsItsTwinBelowZero(_ driver: String) throws {
    var sensor = try Rig(driver, temperature: -10_250_000).sensor()
    try sensor.start()
    let micros = try #require(try sensor.sample().quantities.first).micros
    // Half a degree is what the coarsest of them can tell; Bosch's formulas round to hundredths.
    #expect((-10_500_000 ... -10_240_000).contains(micros))
  }

  @Test("A sensor that is not there is an error at its start", arguments: drivers)
  func absent(_ driver: String) throws {
    let rig = try Rig(driver)
    let empty = SimulatedBoard([], time: rig.time.source)
    var sensor: any Sensor =
      switch rig.chip.attachment {
      case .i2c: try rig.sensor(on: empty.i2c("i2c-1"))
      case .sysfs(_, let make): make(empty.sysfs(), rig.options)
      case .gpio(_, let make): make(empty.gpio(), rig.options)
      }
    let error = try busFailure { try sensor.start() }
    #expect(error.kind == .noAcknowledge || error.kind == .absent)
  }
}
