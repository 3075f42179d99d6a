import Drivers

/// The inputs of a twin: what it measures, its options and faults, and its clock.
struct ChipInputs: Sendable {
  let temperature: Curve
  let humidity: Curve
  let pressure: Curve
  let contact: Curve
  let options: DriverOptions
  let script: FaultScript
  let time: SimulatedTime
  /// The address on an I²C bus; nil: the twin is not on an I²C bus.
  var address: I2CAddress?
  /// The other sensors of the same chip.
  var mates: [ChipInputs] = []
}

/// The simulated twin of every driver in the catalog, by the driver's name.
enum SimulatedCatalog {
  typealias MakeChip = @Sendable (ChipInputs) -> any SimulatedChip
  typealias AddToSysfs = @Sendable (SimulatedSysfs, DriverOptions, ChipInputs) -> Void
  typealias AddToGPIO = @Sendable (SimulatedGPIO, DriverOptions, ChipInputs) -> Void

  static let i2c: [String: MakeChip] = {
    let lm75 = SimulatedLM75.models.mapValues { model -> MakeChip in
      { SimulatedLM75(model, temperature: $0.temperature, time: $0.time) }
    }
    let sht = SimulatedSHT.models.mapValues { model -> MakeChip in
      { SimulatedSHT(model, temperature: $0.temperature, humidity: $0.humidity, time: $0.time) }
    }
    return lm75.merging(sht) { first, _ in first }.merging(humidity) { first, _ in first }
      .merging(others) { first, _ in first }
  }()

  private static let others: [String: MakeChip] = {
    let registers = SimulatedRegisters.models.mapValues { model -> MakeChip in
      { SimulatedRegisters(model, temperature: $0.temperature, time: $0.time) }
    }
    let commands = SimulatedDS16xx.models.mapValues { model -> MakeChip in
      { SimulatedDS16xx(model, temperature: $0.temperature, time: $0.time) }
    }
    let infrared: [String: MakeChip] = [
      "mlx90614": { SimulatedMLX90614($0) }
    ]
    let bosch = SimulatedBosch.models.mapValues { model -> MakeChip in { SimulatedBosch(model, $0) } }
    let converters: [String: MakeChip] = [
      "ads1115": { SimulatedADS1x15($0, bits: 16) }, "ads1015": { SimulatedADS1x15($0, bits: 12) },
    ]
    return [registers, commands, infrared, bosch, converters].reduce(into: [:]) { $0.merge($1) { first, _ in first } }
  }()

  static let sysfs: [String: AddToSysfs] = [
    "ds18b20": { SysfsTwins.addOneWire(to: $0, $1, $2) },
    "max31850": { SysfsTwins.addThermocouple(to: $0, $1, $2) },
    "hwmon": { SysfsTwins.addHwmon(to: $0, $1, $2) },
    "iio": { SysfsTwins.addIndustrialIO(to: $0, $1, $2) },
    "file": { SysfsTwins.addFile(to: $0, $1, $2) },
    "thermal": { SysfsTwins.addThermalZone(to: $0, $1, $2) },
  ]

  static let gpio: [String: AddToGPIO] = [
    "contact": { EdgeTwins.addContact(to: $0, $1, $2) },
    "dht11": { EdgeTwins.addDHT(to: $0, $1, $2, isDHT11: true) },
    "dht22": { EdgeTwins.addDHT(to: $0, $1, $2, isDHT11: false) },
    "tmp05": { EdgeTwins.addTMP05(to: $0, $1, $2) },
  ]
}
