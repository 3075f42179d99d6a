/// All drivers.
///
/// To add a chip: its driver in a file of its own in this module, with a `chips` list; one line below; its simulated
/// twin in Simulation, entered in `SimulatedCatalog`; a test file with the datasheet's vectors. The catalog's own tests
/// then read the twin through the driver, also with injected faults.
package enum Catalog {
  package static let chips: [Chip] =
    RegisterThermometer.chips
    + MCP960x.chips
    + DS16xx.chips
    + MLX90614.chips
    + SHT3x.chips
    + SHT4x.chips
    + SHT2xFamily.chips
    + SHTC.chips
    + AHT.chips
    + HDC10xx.chips
    + HDC20xx.chips
    + HDC302x.chips
    + BMP180.chips
    + BMx280.chips
    + BMP3xx.chips
    + BME68x.chips
    + ADS1x15.chips
    + OneWireThermometer.chips
    + MAX31850.chips
    + Hwmon.chips
    + IndustrialIO.chips
    + ThermalZone.chips
    + FileSource.chips
    + Contact.chips
    + DHT.chips
    + TMP05.chips

  /// The chip meant by `driver: name`; nil if there is none.
  package static func chip(named name: String) -> Chip? { chips.first { $0.name == name } }
}

/// Chips without a driver here that people have, and whose names resemble that of another chip.
package enum OtherChips {
  private static let overI2C = ["AM2315", "AM2320", "AM2321", "AM2322"]

  /// `the AM2320 is an I²C chip for which there is no driver; …`; nil: the name is not one of these chips.
  package static func advice(on name: String) -> String? {
    guard let chip = overI2C.first(where: { $0.lowercased() == name.lowercased() }) else { return nil }
    return "the \(chip) is an I²C chip for which there is no driver; for humidity over I²C there are aht20, sht4x and "
      + "others, which \"fieldpost drivers\" lists"
  }
}

extension Collection<Chip> {
  /// The chips that a person may mean by a name: the one whose driver has exactly this name, otherwise all whose driver
  /// or part has it, ignoring case. There are several where makers have given one number to different chips.
  package func called(_ name: String) -> [Chip] {
    if let chip = first(where: { $0.name == name }) { return [chip] }
    let wanted = name.lowercased()
    return filter { $0.name.lowercased() == wanted || $0.parts.contains { Self.isCalled(wanted, $0.lowercased()) } }
  }

  /// A part may be followed by its maker in brackets: `LM75B (TI)`.
  private static func isCalled(_ wanted: String, _ part: String) -> Bool {
    part == wanted || part.prefix { $0 != "(" } == wanted + " "
  }
}
