import Drivers
import Foundation
import Testing

@testable import Configuration

/// Keys of a driver beside the keys that every sensor has.
@Suite("Keys of drivers")
struct DriverKeyTests {
  /// The keys that every sensor has, whatever its driver.
  private static let common: Set<String> = [
    "id", "driver", "every", "bus", "address", "alarms", "max_silence", "calibration", "range", "median", "mean",
    "round",
    "dead_band", "unit", "temperature", "humidity", "pressure", "contact", "alert_line", "alert_chip", "alert_offset",
    "alert_bias",
  ]

  @Test("No driver has a key that every sensor has", arguments: Catalog.chips)
  func apart(_ chip: Chip) {
    let own = Set(chip.options.map(\.name))
    #expect(own.intersection(Self.common) == [], "\(chip.name)")
    #expect(own.count == chip.options.count, "\(chip.name) has an option twice")
    let meanings = Set(Keys.values(chip).names)
    #expect(own.intersection(meanings) == [], "\(chip.name)")
    // Old files have these two, and they mean what the driver says.
    let older = chip.measures.first == .contact ? [] : own.intersection(["offset", "scale"])
    #expect(Set(chip.keysApart) == older, "\(chip.name)")
  }

  private func sensor(_ keys: String) -> String { file(sensors: "  - {id: a, \(keys)}\n") }

  private func meaning(_ keys: String) throws -> QuantitySettings {
    let meaning = try load(sensor(keys)).sensors[0].meaning
    return try #require(meaning.quantities[.temperature])
  }

  @Test(
    "What a driver's key says does not correct the value",
    arguments: [
      "driver: dht22, chip: c, offset: 22", "driver: dht22, chip: c, offset: 1023", "driver: dht11, chip: c, offset: 0",
      "driver: tmp05, chip: c, offset: +27", "driver: file, path: /run/t, offset: 50",
      "driver: file, path: /run/t, scale: 0.001", "driver: file, path: /run/t, scale: 2, offset: -273.15",
      "driver: file, path: /run/t, scale: 100, offset: 100000",
    ])
  func once(_ keys: String) throws { #expect(try meaning(keys) == QuantitySettings()) }

  @Test(
    "Numbers of a driver are written like all others, and a scale of nothing is none",
    arguments: [
      ("offset: +0.5", true), ("offset: .5", true), ("offset: -.5", true), ("offset: 5.", true), ("offset: 1e3", true),
      ("scale: 1e-3", true), ("scale: +2", true), ("scale: .01", true), ("scale: 0", false), ("scale: 0.0", false),
      ("scale: +0", false), ("scale: -0", false), ("scale: 0e3", false), ("scale: .0", false), ("scale: warm", false),
      ("offset: 0", true), ("offset: 1,5", false),
    ])
  func numbers(_ keys: String, _ isRight: Bool) {
    #expect(reasons(sensor("driver: file, path: /run/t, \(keys)")).isEmpty == isRight)
  }

  @Test("A correction of such a sensor stands in the quantity's group, or is a curve")
  func correction() throws {
    let offset = try meaning("driver: dht22, chip: c, offset: 22, scale: 1.01, temperature: {offset: -0.5}")
    #expect(offset.offset == -500_000)
    #expect(offset.scale == 1_010_000)
    let both = try meaning("driver: file, path: /run/t, scale: 2, temperature: {scale: 0.9, offset: 1}, round: 0.1")
    #expect(both.offset == 1_000_000)
    #expect(both.scale == 900_000)
    #expect(both.step == 100_000)
    let curve = "calibration: [{measured: 0, actual: 1}, {measured: 10, actual: 11}]"
    #expect(try meaning("driver: file, path: /run/t, scale: 2, offset: 1, \(curve)").curve?.count == 2)
    #expect(
      reasons(sensor("driver: file, path: /run/t, temperature: {offset: 1}, \(curve)")) == [
        "offset and calibration both correct the value: only one of them can"
      ])
  }

  @Test("Whoever means a correction is told where it stands")
  func advice() {
    let place = "; a correction stands in \"temperature: {offset: …}\""
    #expect(
      reasons(sensor("driver: dht22, line: GPIO4, offset: -0.5")) == ["must be a whole number, not \"-0.5\"" + place])
    #expect(
      reasons(sensor("driver: dht22, chip: c, offset: -1")) == ["-1 is out of range: 0 to 1023" + place])
    #expect(
      reasons(sensor("driver: tmp05, line: GPIO4, offset: 1")) == [
        "it needs `line`, or `chip` and `offset`; a line's name needs no `offset`" + place
      ])
    #expect(
      reasons(sensor("driver: dht22, line: GPIO4, temperature: {round: 1}")) == [
        "temperature is the main quantity of dht22: put round directly under the sensor"
      ])
  }

  @Test(
    "Whoever names a GPIO line in a mixture of the two ways is told which key is meant",
    arguments: [
      ("chip: pinctrl-bcm2711, line: 22", "; with `chip` the number is `offset: 22`"),
      ("chip: pinctrl-bcm2711, line: GPIO22", "; a line's name needs no `chip`"),
      ("line: GPIO22, offset: 2", "; a line's name needs no `offset`"), ("offset: 2", ""),
    ])
  func lines(keys: String, advice: String) {
    let words = reasons(sensor("driver: contact, \(keys)"))
    #expect(words == ["it needs `line`, or `chip` and `offset`\(advice)"])
  }

  @Test("A decimal comma between braces is told for what it is")
  func comma() {
    let words = reasons(sensor("driver: tmp102, bus: i2c-1, address: 0x48, offset: 0,3"))
    #expect(
      words == ["unknown key \"3\"; a comma ends a value between braces: write a number with a point, as in 0.3"])
  }

  @Test("The keys of a humidity of the kernel are for the humidity, directly under the sensor or in its group")
  func humidityOfTheKernel() throws {
    func meaning(_ keys: String) throws -> ValueSettings {
      try #require(
        try load(sensor("driver: hwmon, name: hs3001, input: humidity2, \(keys)")).sensors.first
      )
      .meaning
    }
    for keys in ["alarms: {high: 50}, offset: 5", "humidity: {alarms: {high: 50}, offset: 5}"] {
      let found = try meaning(keys)
      #expect(Set(found.quantities.keys) == [.humidity])
      #expect(found.quantities[.humidity]?.alarms?.high == 50_000_000)
      #expect(found.quantities[.humidity]?.offset == 5_000_000)
    }
    let both = reasons(sensor("driver: hwmon, name: hs3001, input: humidity2, offset: 5, humidity: {scale: 1.1}"))
    #expect(both == ["put it into humidity, where the others are"])
    let limit = "driver: hwmon, name: hs3001, input: humidity2, alarms: {high: 50, stale: 1h}, humidity: {offset: 5}"
    #expect(reasons(sensor(limit)) == ["put it into humidity, where the others are"])
  }
}

/// The name that is printed on the chip, in place of the driver's name.
@Suite("Drivers by part number")
struct PartNumberTests {
  private func sensor(_ driver: String) -> String {
    file(sensors: "  - {id: a, driver: \(driver), bus: i2c-1, address: 0x48}\n")
  }

  @Test(
    "A driver may be written as it stands on the chip",
    arguments: [
      ("TMP117", "tmp117"), ("Tmp117", "tmp117"), ("TMP119", "tmp117"), ("TMP175", "tmp75"), ("tmp275", "tmp75"),
      ("DS1721", "ds1631"), ("lm75b", "lm75b"), ("LM75", "lm75"), ("LM75B (NXP)", "lm75b"), ("lm75b (ti)", "lm75"),
    ])
  func parts(_ written: String, _ driver: String) throws {
    #expect(try load(sensor(written)).sensors[0].chip.name == driver)
  }

  @Test("Every part of the catalog is its driver, or the name of several that are all named", arguments: Catalog.chips)
  func all(_ chip: Chip) {
    for part in chip.parts + [chip.name, chip.name.uppercased()] {
      let bare = part.split(separator: " (")[0]
      for written in [part, part.lowercased(), String(bare)] {
        #expect(Catalog.chips.called(written).contains(chip) || written == "lm75b", "\(written)")
      }
    }
  }

  @Test(
    "One number on different chips is refused, with the drivers to choose from", arguments: ["LM75B", "LM75A", "lm75a"])
  func ambiguous(_ written: String) {
    #expect(
      reasons(sensor(written)) == [
        "\"\(written)\" is the name of different chips: write the driver, lm75 (LM75, LM75A, LM75B (TI), LM75C) or "
          + "lm75b (LM75B (NXP), LM75A (NXP))"
      ])
  }

  @Test("A part's own keys are known, and only those")
  func keys() {
    #expect(reasons(file(sensors: "  - {id: a, driver: DS18B20, device: 28-0316a2795e3c}\n")) == [])
    #expect(reasons(file(sensors: "  - {id: a, driver: DS18B20, bus: i2c-1, device: 28-0316a2795e3c}\n")).count == 1)
    #expect(reasons(file(sensors: "  - {id: a, driver: SHT31, bus: i2c-1, address: 0x44, repeatability: low}\n")) == [])
  }

  @Test(
    "A 1-Wire name in capitals, as other programs print it, is the same sensor",
    arguments: ["28-0316A2795BFF", "28-0316a2795bff", "28-0316A2795bff", "3B-0316A2795BFF"])
  func capitals(_ written: String) throws {
    let sensor = try load(file(sensors: "  - {id: a, driver: ds18b20, device: \(written)}\n")).sensors[0]
    #expect(sensor.options.text("device") == written.lowercased())
  }

  @Test(
    "A 1-Wire name with another mark than the hyphen is answered by the right one",
    arguments: ["28.0316A2795BFF", "28_0316a2795bff", "28:0316a2795bff"])
  func marks(_ written: String) {
    let found = reasons(file(sensors: "  - {id: a, driver: ds18b20, device: \"\(written)\"}\n"))
    #expect(found.count == 1 && found[0].hasSuffix("; did you mean \"28-0316a2795bff\"?"), "\(found)")
  }

  @Test("What only has capitals somewhere stays as it is written")
  func paths() throws {
    let sensor = try load(file(sensors: "  - {id: a, driver: file, path: /run/Boiler}\n")).sensors[0]
    #expect(sensor.options.text("path") == "/run/Boiler")
  }

  @Test("An address may have a capital X")
  func address() throws {
    let written = sensor("tmp102").replacingOccurrences(of: "0x48", with: "0X4A")
    #expect(
      try load(written).sensors[0].connection == .i2c(bus: BusPath("i2c-1"), address: try #require(I2CAddress(0x4A))))
  }

  @Test(
    "The one unit of humidity and pressure may be written, and another one is one mistake",
    arguments: [
      ("humidity: {unit: \"%\"}", []), ("pressure: {unit: hPa}", []),
      ("humidity: {unit: F}", ["unknown value \"F\"; known are %"]),
      ("pressure: {unit: kPa}", ["unknown value \"kPa\"; did you mean \"hPa\"?"]),
      ("pressure: {unit: mmHg}", ["unknown value \"mmHg\"; known are hPa"]),
    ] as [(String, [String])])
  func units(_ keys: String, _ expected: [String]) {
    let sensor = "  - {id: a, driver: BME280, bus: i2c-1, address: 0x76, \(keys)}\n"
    #expect(reasons(file(sensors: sensor)) == expected)
  }
}

@Suite("Keys that are not known")
struct UnknownKeyTests {
  @Test(
    "A key where it does not belong is one mistake, whatever stands behind it",
    arguments: [
      "humidity: {alarms: {high: 50, stale: never}}", "humidity: {max_silence: 5}", "alarms: {high: 8, humidity: x}",
      "humidity: {every: 5}",
    ])
  func once(_ keys: String) {
    let sensor = "  - {id: a, driver: sht3x, bus: i2c-1, address: 0x44, \(keys)}\n"
    let found = reasons(file(sensors: sensor))
    #expect(found.count == 1 && found[0].hasPrefix("unknown key"), "\(found)")
  }
}
