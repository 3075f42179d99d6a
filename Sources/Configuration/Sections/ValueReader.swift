import Drivers
import Telemetry

/// Reads what a sensor's values mean: the keys of its main quantity are directly in the sensor, those of every other
/// quantity in a group of its own.
struct ValueReader {
  private static let ofQuantity = [
    "offset", "scale", "calibration", "range", "median", "mean", "round", "dead_band", "unit",
  ]
  private static let groups: [Quantity.Kind] = [.temperature, .humidity, .pressure]

  /// The keys of one quantity. `apart`: the keys that are in a group, because directly under the sensor the driver uses
  /// their names for something else.
  private struct Keys {
    let section: Section
    var apart: (names: [String], section: Section?) = ([], nil)

    func optional(_ key: String) -> Field? {
      apart.names.contains(key) ? apart.section?.optional(key) : section.optional(key)
    }
  }

  let chip: Chip
  /// The quantity that the keys directly under the sensor apply to. Nil: the chip measures nothing.
  let main: Quantity.Kind?
  let every: Duration

  /// The keys that a sensor with this chip may have.
  static func keys(_ chip: Chip) -> [String] {
    guard let main = chip.measures.first, main != .contact else { return ["alarms"] }
    let apart = keysApart(chip)
    return ofQuantity.filter { !apart.contains($0) } + ["max_silence", "alarms"] + groups.map(\.name)
  }

  /// Keys whose names the driver uses for something else. For the main quantity they are in a group with its name,
  /// `temperature: {offset: -0.5}`.
  static func keysApart(_ chip: Chip) -> [String] {
    guard chip.measures.first != .contact else { return [] }
    return ofQuantity.filter { key in chip.options.contains { $0.name == key } }
  }

  func read(_ section: Section) -> ValueSettings {
    var meaning = ValueSettings()
    guard let main else { return meaning }
    let limits = main == .contact ? [] : AlarmReader.keys
    let alarms = section.optional("alarms")?.section(limits + ["stale"])
    meaning.stale = alarms?.optional("stale").flatMap(stale)
    guard main != .contact else { return meaning }
    // A kernel driver's input may measure another quantity than is usual for it, whose keys may also be in its group.
    let hasOwnGroup = main != chip.measures.first && section.optional(main.name) != nil
    if hasOwnGroup {
      let elsewhere = Self.ofQuantity.map(section.optional) + limits.map { alarms?.optional($0) }
      for field in elsewhere { field?.mistake("put it into \(main.name), where the others are") }
    } else {
      meaning.quantities[main] = quantity(mainKeys(section, main), main, alarms, isMain: true)
    }
    for kind in Self.groups where kind != main || hasOwnGroup {
      guard let field = section.optional(kind.name), let group = self.group(field, kind) else { continue }
      let alarms = group.optional("alarms")?.section(AlarmReader.keys)
      meaning.quantities[kind] = quantity(Keys(section: group), kind, alarms, isMain: false)
    }
    silence(section, &meaning)
    return meaning
  }

  private func mainKeys(_ section: Section, _ main: Quantity.Kind) -> Keys {
    let apart = Self.keysApart(chip)
    guard let field = section.optional(main.name) else { return Keys(section: section, apart: (apart, nil)) }
    if apart.isEmpty {
      field.mistake("\(main.name) is the main quantity of \(chip.name): put its keys directly under the sensor")
      return Keys(section: section)
    }
    let group = field.section(Self.ofQuantity + AlarmReader.keys + ["alarms"])
    for key in Self.ofQuantity + AlarmReader.keys + ["alarms"] where !apart.contains(key) {
      group?.optional(key)?.mistake(
        Self.ofQuantity.contains(key) || key == "alarms"
          ? "\(main.name) is the main quantity of \(chip.name): put \(key) directly under the sensor"
          : "put \(key) into `alarms`, directly under the sensor")
    }
    return Keys(section: section, apart: (apart, group))
  }

  private func group(_ field: Field, _ kind: Quantity.Kind) -> Section? {
    guard chip.measures.contains(kind) else {
      let measured = chip.measures.map(\.name).joined(separator: " and ")
      field.mistake("\(chip.name) measures no \(kind.name), only \(measured)")
      return nil
    }
    return field.section(Self.ofQuantity + ["alarms"])
  }

  private func quantity(
    _ keys: Keys, _ kind: Quantity.Kind, _ alarms: Section?, isMain: Bool
  ) -> QuantitySettings {
    let numbers = QuantityNumbers(kind)
    var settings = QuantitySettings()
    correction(keys, numbers, &settings)
    settings.range = keys.optional("range").flatMap { range($0, numbers) }
    settings.smoothing = smoothing(keys)
    settings.step = keys.optional("round")?.decimal(in: 1_000...100_000_000, "the published unit")
    settings.unit = keys.optional("unit").flatMap { unit($0, kind) } ?? settings.unit
    settings.deadBand = keys.optional("dead_band")?.decimal(in: numbers.steps, numbers.unit)
    settings.alarms = alarms.flatMap {
      AlarmReader(kind: kind, numbers: numbers, range: settings.range, isMain: isMain, every: every).read($0)
    }
    return settings
  }

  /// Humidity and pressure have only one unit each, which may be written nevertheless.
  private func unit(_ field: Field, _ kind: Quantity.Kind) -> Presentation.TemperatureUnit? {
    let units: [(String, Presentation.TemperatureUnit)] =
      kind == .temperature
      ? Presentation.TemperatureUnit.allCases.map { ($0.rawValue, $0) } : [(kind.unit ?? "", .celsius)]
    return field.choice(units)
  }

  private func correction(_ keys: Keys, _ numbers: QuantityNumbers, _ settings: inout QuantitySettings) {
    let (scale, offset) = (keys.optional("scale"), keys.optional("offset"))
    if let curve = keys.optional("calibration") {
      settings.curve = CurveReader(numbers: numbers).read(curve)
      for (name, field) in [("scale", scale), ("offset", offset)] {
        field?.mistake("\(name) and calibration both correct the value: only one of them can")
      }
      return
    }
    settings.scale = scale?.decimal(in: 500_000...2_000_000, nil) ?? settings.scale
    settings.offset = offset?.decimal(in: -100_000_000...100_000_000, numbers.unit) ?? settings.offset
  }

  private func range(_ field: Field, _ numbers: QuantityNumbers) -> ClosedRange<Int64>? {
    guard let section = field.section(["low", "high"]) else { return nil }
    let low = section.required("low", "the lowest value that makes sense").flatMap { $0.decimal(numbers) }
    let high = section.required("high", "the highest value that makes sense").flatMap { $0.decimal(numbers) }
    guard let low, let high else { return nil }
    if low < high { return low...high }
    section.optional("high")?.mistake("high must be above low, which is \(decimal(micros: low))")
    return nil
  }

  private func smoothing(_ keys: Keys) -> QuantitySettings.Smoothing? {
    let (median, mean) = (keys.optional("median"), keys.optional("mean"))
    if median != nil { mean?.mistake("median and mean both smooth the value: only one of them can") }
    if let median { return median.integer(in: 2...100).map { .median($0) } }
    return mean?.integer(in: 2...100).map { .mean($0) }
  }

  private func silence(_ section: Section, _ meaning: inout ValueSettings) {
    let hasBand = meaning.quantities.values.contains { $0.deadBand != nil }
    let day = Duration.seconds(86_400)
    meaning.maximumSilence = max(meaning.maximumSilence, every)
    guard let field = section.optional("max_silence") else { return }
    if let silence = field.duration(min(every, day)...day) { meaning.maximumSilence = silence }
    if !hasBand, section.optional("dead_band") == nil {
      field.mistake("needs dead_band beside it: without one every reading is published")
    }
  }

  private func stale(_ field: Field) -> Duration? {
    guard let stale = field.duration(.seconds(1)...(.seconds(30 * 86_400))) else { return nil }
    if stale > every { return stale }
    field.mistake("must be longer than the interval of this sensor, which is \(every.text)")
    return nil
  }
}

extension Chip {
  /// Keys that other sensors have for their main quantity, but this driver for something else. For the main quantity
  /// they are in a group with its name.
  package var keysApart: [String] { ValueReader.keysApart(self) }
}

extension Duration {
  /// The duration as the file writes it.
  var text: String { UnitNotation.duration.text(milliseconds) }
}
