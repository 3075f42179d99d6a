import Drivers
import Telemetry

extension Keys {
  /// All keys that a sensor with this chip may have.
  package static func sensor(_ chip: Chip) -> [Key] { own(chip) + values(chip) }

  /// The keys that identify a sensor: its name, its chip, its place, and the driver's own options.
  package static func own(_ chip: Chip) -> [Key] {
    let options = chip.options.map { Key($0.name, Shape($0.shape), required: $0.isRequired ? $0.meaning : nil) }
    return common(chip) + (place(chip) + options + (chip.isOnI2C ? alert : []))
  }

  private static func common(_ chip: Chip) -> [Key] {
    [
      Key("id", .text(.name), required: "it names the sensor upstream"),
      Key("driver", .text(.driver), required: "which chip it is, such as tmp102"),
      Key("every", .duration(SensorSettings.intervals(of: chip))),
    ]
  }

  private static func place(_ chip: Chip) -> [Key] {
    guard case .i2c(let addresses, _) = chip.attachment else { return [] }
    return [
      Key("bus", .text(.bus), required: "the I²C bus, such as i2c-1"),
      Key("address", .address(addresses), required: "\(chip.name) can have \(words(for: addresses))"),
    ]
  }

  /// The GPIO line that a chip's ALERT or data-ready output is wired to.
  package static let alert: [Key] = line("alert") + [Key("alert_bias", .choice(AlertReader.biases.map(\.name)))]

  /// The keys that say how a sensor's values are corrected, checked and published.
  package static func values(_ chip: Chip) -> [Key] {
    guard let main = chip.measures.first, main != .contact else {
      return [Key("alarms", .group(alarms(of: .contact)))]
    }
    let apart = chip.keysApart
    // The input of a kernel driver's sensor decides which quantity it measures.
    let kinds = chip.isOfKernel ? chip.measures : [main]
    return quantity(kinds).filter { !apart.contains($0.name) }
      + [
        Key("max_silence", .duration(chip.minimumInterval...(.seconds(86_400)))),
        Key("alarms", .group(alarms(of: main))),
      ]
      + [Quantity.Kind.temperature, .humidity, .pressure].map { group($0, of: chip) }
  }

  /// The group of one quantity of a sensor.
  private static func group(_ kind: Quantity.Kind, of chip: Chip) -> Key {
    let isMain = kind == chip.measures.first && !(chip.isOfKernel && chip.measures.count > 1)
    let keys = isMain ? mainGroup(kind, of: chip) : group(kind)
    return Key(kind.name, .group(keys))
      .misplaced(!chip.measures.contains(kind) || (isMain && chip.keysApart.isEmpty))
  }

  /// The group of a quantity that is not the sensor's main one.
  static func group(_ kind: Quantity.Kind) -> [Key] { quantity([kind]) + [Key("alarms", .group(alarms(kind)))] }

  /// The group of the main quantity: only the keys whose names the driver uses for something else belong there.
  static func mainGroup(_ kind: Quantity.Kind, of chip: Chip) -> [Key] {
    let keys = quantity([kind]) + alarms(kind) + [Key("alarms", .group(alarms(kind)))]
    return keys.map { $0.misplaced(!chip.keysApart.contains($0.name)) }
  }

  /// Addresses for a message: `0x48 or 0x49`.
  static func words(for addresses: [ClosedRange<UInt8>]) -> String {
    addresses.map { range in
      let (low, high) = ("0x" + String(range.lowerBound, radix: 16), "0x" + String(range.upperBound, radix: 16))
      return range.count == 1 ? low : range.count == 2 ? "\(low) or \(high)" : "\(low) to \(high)"
    }.joined(separator: " or ")
  }
}

extension Chip {
  var isOnI2C: Bool { if case .i2c = attachment { true } else { false } }
  fileprivate var isOfKernel: Bool { if case .sysfs = attachment { true } else { false } }

  /// Keys that other sensors have for their main quantity, but this driver for something else. For the main quantity
  /// they are in a group with its name, `temperature: {offset: -0.5}`.
  package var keysApart: [String] {
    guard measures.first != .contact else { return [] }
    return Keys.correction.filter { key in options.contains { $0.name == key } }
  }
}
