import Drivers
import Telemetry

/// Reads what a sensor's values mean: the keys of its main quantity are directly in the sensor, those of every other
/// quantity in a group of its own.
struct ValueReader {
  private static let groups: [Quantity.Kind] = [.temperature, .humidity, .pressure]

  /// The values of one quantity. `apart`: the keys that are in a group, because directly under the sensor the driver
  /// uses their names for something else.
  private struct Values {
    let section: Section
    let keys: [Key]
    var apart: (names: [String], section: Section?) = ([], nil)

    init(_ kind: Quantity.Kind, _ section: Section, apart: (names: [String], section: Section?) = ([], nil)) {
      self.section = section
      self.apart = apart
      keys = Keys.quantity([kind])
    }

    /// The shape is that of this quantity, whichever the driver usually measures.
    func optional(_ key: String) -> Field? {
      guard let field = apart.names.contains(key) ? apart.section?.optional(key) : section.optional(key) else {
        return nil
      }
      return field.shaped(keys[named: key]?.shape)
    }
  }

  let chip: Chip
  /// The quantity that the keys directly under the sensor apply to. Nil: the chip measures nothing.
  let main: Quantity.Kind?
  let every: Duration

  func read(_ section: Section) -> ValueSettings {
    var meaning = ValueSettings()
    guard let main else { return meaning }
    let alarms = section.optional("alarms").flatMap { Section($0, Keys.alarms(of: main)) }
    meaning.stale = alarms?.optional("stale").flatMap(stale)
    guard main != .contact else { return meaning }
    // A kernel driver's input may measure another quantity than is usual for it, whose keys may also be in its group.
    let hasOwnGroup = main != chip.measures.first && section.optional(main.name) != nil
    if hasOwnGroup {
      let elsewhere = Keys.correction.map(section.optional) + Keys.alarms(main).map { alarms?.optional($0.name) }
      for field in elsewhere { field?.mistake("put it into \(main.name), where the others are") }
    } else {
      meaning.quantities[main] = quantity(mainValues(section, main), main, alarms, isMain: true)
    }
    for kind in Self.groups where kind != main || hasOwnGroup {
      guard let field = section.optional(kind.name), let group = self.group(field, kind) else { continue }
      meaning.quantities[kind] = quantity(
        Values(kind, group), kind, group.optional("alarms")?.section(), isMain: false)
    }
    silence(section, &meaning)
    return meaning
  }

  private func mainValues(_ section: Section, _ main: Quantity.Kind) -> Values {
    let apart = chip.keysApart
    guard let field = section.optional(main.name) else { return Values(main, section, apart: (apart, nil)) }
    if apart.isEmpty {
      field.mistake("\(main.name) is the main quantity of \(chip.name): put its keys directly under the sensor")
      return Values(main, section)
    }
    let group = Section(field, Keys.mainGroup(main, of: chip))
    for key in group?.keys ?? [] where key.isMisplaced {
      group?.optional(key.name)?.mistake(
        Keys.alarms(main)[named: key.name] == nil
          ? "\(main.name) is the main quantity of \(chip.name): put \(key.name) directly under the sensor"
          : "put \(key.name) into `alarms`, directly under the sensor")
    }
    return Values(main, section, apart: (apart, group))
  }

  private func group(_ field: Field, _ kind: Quantity.Kind) -> Section? {
    guard chip.measures.contains(kind) else {
      let measured = chip.measures.map(\.name).joined(separator: " and ")
      field.mistake("\(chip.name) measures no \(kind.name), only \(measured)")
      return nil
    }
    return Section(field, Keys.group(kind))
  }

  private func quantity(
    _ values: Values, _ kind: Quantity.Kind, _ alarms: Section?, isMain: Bool
  ) -> QuantitySettings {
    var settings = QuantitySettings()
    correction(values, &settings)
    settings.range = values.optional("range").flatMap(range)
    settings.smoothing = smoothing(values)
    settings.step = values.optional("round")?.decimal()
    settings.unit = values.optional("unit").flatMap { unit($0, kind) } ?? settings.unit
    settings.deadBand = values.optional("dead_band")?.decimal()
    settings.alarms = alarms.flatMap {
      AlarmReader(kind: kind, range: settings.range, isMain: isMain, every: every).read($0)
    }
    return settings
  }

  private func unit(_ field: Field, _ kind: Quantity.Kind) -> Presentation.TemperatureUnit? {
    kind == .temperature ? field.choice() : field.choice([(kind.unit ?? "", .celsius)])
  }

  private func correction(_ values: Values, _ settings: inout QuantitySettings) {
    let (scale, offset) = (values.optional("scale"), values.optional("offset"))
    if let curve = values.optional("calibration") {
      settings.curve = CurveReader().read(curve)
      for (name, field) in [("scale", scale), ("offset", offset)] {
        field?.mistake("\(name) and calibration both correct the value: only one of them can")
      }
      return
    }
    settings.scale = scale?.decimal() ?? settings.scale
    settings.offset = offset?.decimal() ?? settings.offset
  }

  private func range(_ field: Field) -> ClosedRange<Int64>? {
    guard let section = field.section() else { return nil }
    let low = section.required("low")?.decimal()
    let high = section.required("high")?.decimal()
    guard let low, let high else { return nil }
    if low < high { return low...high }
    section.optional("high")?.mistake("high must be above low, which is \(decimal(micros: low))")
    return nil
  }

  private func smoothing(_ values: Values) -> QuantitySettings.Smoothing? {
    let (median, mean) = (values.optional("median"), values.optional("mean"))
    if median != nil { mean?.mistake("median and mean both smooth the value: only one of them can") }
    if let median { return median.integer().map { .median($0) } }
    return mean?.integer().map { .mean($0) }
  }

  private func silence(_ section: Section, _ meaning: inout ValueSettings) {
    let hasBand = meaning.quantities.values.contains { $0.deadBand != nil }
    meaning.maximumSilence = max(meaning.maximumSilence, every)
    guard let field = section.optional("max_silence") else { return }
    if let silence = field.duration(atLeast: every) { meaning.maximumSilence = silence }
    if !hasBand, section.optional("dead_band") == nil {
      field.mistake("needs dead_band beside it: without one every reading is published")
    }
  }

  private func stale(_ field: Field) -> Duration? {
    guard let stale = field.duration() else { return nil }
    if stale > every { return stale }
    field.mistake("must be longer than the interval of this sensor, which is \(every.text)")
    return nil
  }
}

extension Duration {
  /// The duration as the file writes it.
  package var text: String { withUnit }
}

extension ByteCount {
  /// The size as the file writes it.
  package var text: String { UnitScale.sizes.text(bytes) }
}
