import Drivers
import Telemetry

/// Reads the section `sensors`.
struct SensorsReader {
  /// Topics of the gateway's own messages, which no sensor may use; nil: not known.
  let topics: OwnTopics?

  let catalog: [Chip]
  let findings: Diagnostics
  /// `defaults.every`.
  let interval: Duration?

  func sensors(_ field: Field) -> [SensorSettings] {
    guard let items = field.list() else { return [] }
    if items.isEmpty { field.mistake("needs at least one sensor") }
    var ids: [String: Int] = [:]
    var places = ChipPlaces()
    var alerts = AlertReader()
    return items.compactMap { item in
      guard !findings.isFull, let section = self.section(of: item) else { return nil }
      let id = self.id(section, &ids)
      guard let chip = self.chip(section) else { return nil }
      let options = self.options(section, chip)
      let connection = self.connection(section, chip, options, id: id ?? "?", &places)
      let every = self.interval(section, chip)
      let alert = chip.isOnI2C ? alerts.request(section, of: id ?? "?") : nil
      if let alert, let mistake = places.take(.line(alert.line), id: id ?? "?", line: section.field.node.mark.line) {
        section.field.mistake(mistake)
      }
      let meaning = ValueReader(
        chip: chip, main: options.flatMap(chip.kernelPlace)?.quantity ?? chip.measures.first, every: every ?? .zero
      ).read(section)
      guard let id, let connection, let options, let every else { return nil }
      var sensor = SensorSettings(id: id, chip: chip, connection: connection, options: options)
      sensor.every = every
      sensor.alert = alert
      sensor.meaning = meaning
      return sensor
    }
  }

  /// The keys of a sensor depend on its driver, so the driver is looked at first. Without a known driver the keys of
  /// all drivers count as known: one mistake is enough.
  private func section(of item: Field) -> Section? {
    guard case .mapping(let entries) = item.node.content else {
      item.mistake("must be a group of keys (id, driver, …), not \(item.node.kind)")
      return nil
    }
    let driver = entries.first { $0.key == "driver" }?.value
    var chips = catalog
    if case .scalar(let name, _) = driver?.content, case let meant = catalog.called(name), !meant.isEmpty {
      chips = meant
    }
    let own = chips.flatMap(Keys.own).unique
    return Section(item, (own + chips.flatMap(Keys.values)).unique, usual: own.count)
  }

  private func id(_ section: Section, _ known: inout [String: Int]) -> String? {
    guard let field = section.required("id"), let id = field.formed() else { return nil }
    if id == Event.stream {
      field.mistake("the gateway numbers its own events under the name \"\(id)\"; choose another id")
      return nil
    }
    if let other = topics?.collision(of: id) {
      field.mistake(
        "the readings of this sensor would go to the topic of \(other); choose another id, or another topic")
      return nil
    }
    if let line = known[id] {
      field.mistake("\"\(id)\" is already the id of the sensor on line \(line)")
      return nil
    }
    known[id] = field.node.mark.line
    return id
  }

  private func chip(_ section: Section) -> Chip? {
    guard let field = section.required("driver"), let name = field.text() else { return nil }
    let meant = catalog.called(name)
    if meant.count == 1 { return meant[0] }
    if let advice = OtherChips.advice(on: name) {
      field.mistake(advice)
    } else if meant.isEmpty {
      let closest = Suggestion.closest(to: name, among: catalog.map(\.name) + catalog.flatMap(\.parts))
      field.mistake(
        "unknown driver \"\(shortened(name))\"; "
          + (closest.map { "did you mean \"\($0)\"?" } ?? "\"fieldpost drivers\" lists them all"))
    } else {
      let drivers = meant.map { "\($0.name) (\($0.parts.joined(separator: ", ")))" }.joined(separator: " or ")
      field.mistake("\"\(shortened(name))\" is the name of different chips: write the driver, \(drivers)")
    }
    return nil
  }

  private func connection(
    _ section: Section, _ chip: Chip, _ options: DriverOptions?, id: String, _ places: inout ChipPlaces
  ) -> SensorSettings.Connection? {
    if let options, let place = chip.kernelPlace(options),
      let mistake = places.take(place, id: id, line: section.field.node.mark.line)
    {
      (section.field.value(place.key) ?? section.field).mistake(mistake)
      return nil
    }
    switch chip.attachment {
    case .sysfs: return .sysfs
    case .gpio: return .gpio
    case .i2c:
      let bus = section.required("bus")?.formed().flatMap { BusPath(parsing: $0) }
      let field = section.required("address")
      let address = field.flatMap { self.address($0, chip) }
      guard let bus, let field, let address else { return nil }
      if let mistake = places.take(bus, address, by: chip, options, id: id, line: field.node.mark.line) {
        field.mistake(mistake)
        return nil
      }
      return .i2c(bus: bus, address: address)
    }
  }

  private func address(_ field: Field, _ chip: Chip) -> I2CAddress? {
    guard case .address(let possible) = field.shape, let text = field.text() else { return nil }
    let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
    let number = text.contains("+") ? nil : isHexadecimal ? UInt8(text.dropFirst(2), radix: 16) : UInt8(text)
    if !isHexadecimal, text.utf8.count > 1, text.hasPrefix("0"), isDigits(text) {
      field.mistake("\(shortened(text)) begins with 0 and not with 0x" + Self.meant(by: text, possible))
      return nil
    }
    guard let number, let address = I2CAddress(number) else {
      field.mistake("must be an I²C address from 0x08 to 0x77, not \"\(shortened(text))\"")
      return nil
    }
    guard possible.contains(where: { $0.contains(number) }) else {
      // Datasheets give addresses in hexadecimal, and 0x is easily forgotten.
      let meant = isHexadecimal ? nil : UInt8(text, radix: 16)
      let isLikely = meant.map { meant in possible.contains { $0.contains(meant) } } ?? false
      field.mistake(
        "\(chip.name) cannot have the address \(address), only \(Keys.words(for: possible))"
          + (isLikely ? "; did you mean 0x\(text)?" : ""))
      return nil
    }
    return address
  }

  /// Suggests what an address such as `048` means, which could be octal, decimal or hexadecimal.
  private static func meant(by text: String, _ possible: [ClosedRange<UInt8>]) -> String {
    let digits = text.drop { $0 == "0" }
    let readings = [("0x", UInt8(digits, radix: 16)), ("", UInt8(digits, radix: 10))]
    let meant = readings.first { reading in
      reading.1.map { address in possible.contains { $0.contains(address) } } ?? false
    }
    return meant.map { "; did you mean \($0.0)\(digits)?" } ?? ""
  }

  private func interval(_ section: Section, _ chip: Chip) -> Duration? {
    if let field = section.optional("every") { return field.duration() }
    return max(chip.minimumInterval, interval ?? SensorSettings.usualInterval)
  }

  private func options(_ section: Section, _ chip: Chip) -> DriverOptions? {
    var options = DriverOptions()
    var isComplete = true
    let apart = chip.keysApart
    for option in chip.options {
      let given = option.isRequired ? section.required(option.name) : section.optional(option.name)
      guard var field = given else {
        if option.isRequired { isComplete = false }
        continue
      }
      if apart.contains(option.name) { field.advice = Self.advice(chip, option.name) }
      if let value = self.value(field, option) { options.values[option.name] = value } else { isComplete = false }
    }
    guard isComplete else { return nil }
    if let conflict = chip.conflict(options) {
      let advice = apart.first { options.values[$0] != nil }.map { Self.advice(chip, $0) } ?? ""
      section.field.mistake(conflict + advice)
      return nil
    }
    return options
  }

  /// Advice for a driver's key where a correction of the value may have been meant.
  private static func advice(_ chip: Chip, _ key: String) -> String {
    "; a correction stands in \"\(chip.measures[0].name): {\(key): …}\""
  }

  private func text(_ field: Field, like example: String, _ meaning: String, _ accepts: (String) -> Bool) -> String? {
    guard let text = field.text() else { return nil }
    if accepts(text) { return text }
    // Other tools print in capitals what the kernel has in lower case, such as 1-Wire names.
    if case let small = text.lowercased(), accepts(small) { return small }
    let hyphens = String(text.lowercased().map { ".:_ ".contains($0) ? "-" : $0 })
    field.mistake(
      "must look like \"\(example)\" (\(meaning)), not \"\(shortened(text))\""
        + (accepts(hyphens) ? "; did you mean \"\(shortened(hyphens))\"?" : ""))
    return nil
  }

  private func value(_ field: Field, _ option: DriverOption) -> DriverOptions.Value? {
    switch option.shape {
    case .text: field.text().map { .text($0) }
    case .boolean: field.boolean().map { .boolean($0) }
    case .integer(let range): field.integer(in: range).map { .integer($0) }
    case .duration(let range): field.duration(range).map { .duration($0) }
    case .choice(let names): field.choice(names.map { ($0, .text($0)) })
    case .pattern(let example, let accepts):
      text(field, like: example, option.meaning, accepts).map { .text($0) }
    }
  }
}
