import Telemetry

/// DS18B20 and relatives through the kernel's w1_therm: `/sys/bus/w1/devices/28-…/temperature`, in thousandths of a
/// degree, or `w1_slave` on kernels before 5.8.
///
/// Source: Linux, Documentation/w1/slaves/w1_therm; Maxim DS18B20 datasheet (19-7487 rev. 6), temperature register and
/// scratchpad.
///
/// A sample opens one file, which starts a conversion and blocks for up to 750 ms. It takes two for 85 °C and 0 °C:
/// neither need be a measurement, and `temperature` alone cannot tell. It also takes two once after a refused 85 °C.
struct OneWireThermometer: Sensor {
  static let directory = "/sys/bus/w1/devices"
  /// DS18S20, DS1822, DS18B20, DS1825, DS28EA00.
  private static let families = ["10", "22", "28", "3b", "42"]

  private enum Attribute: String {
    case temperature
    case scratchpad = "w1_slave"
  }

  let sysfs: any Sysfs
  let device: String
  private var attribute = Attribute.temperature
  /// Kept across faults: whether 85 °C is believed depends on earlier readings.
  private var rules: OneWireRules

  init(sysfs: any Sysfs, device: String) {
    self.sysfs = sysfs
    self.device = device
    rules = OneWireRules(family: String(device.prefix { $0 != "-" }))
  }

  private var path: String { "\(Self.directory)/\(device)" }

  mutating func start() throws(SensorError) {
    let attributes = try Self.find(device, sysfs)
    if device.hasPrefix(MAX31850.family), let report = secondOpinion(), MAX31850.isOne(report.scratchpad) {
      let expected = "ds18b20 or a relative, configuration with bit 7 zero"
      throw .anotherChip(expected: expected, found: [report.scratchpad[4]], drivers: ["max31850"])
    }
    attribute = attributes.contains(Attribute.temperature.rawValue) ? .temperature : .scratchpad
  }

  /// The names of the device's attributes; throws if the device is not on the bus.
  static func find(_ device: String, _ sysfs: any Sysfs) throws(SensorError) -> [String] {
    let devices = try sysfs.oneWireDevices()
    guard devices.contains(device) else {
      let others = devices.filter { !$0.hasPrefix("w1_bus_master") }
      let there = others.isEmpty ? "there is no device" : "there are \(others.joined(separator: ", "))"
      throw .notFound("\(device) is not on the 1-Wire bus; \(there)")
    }
    return try sysfs.names(in: "\(directory)/\(device)")
  }

  mutating func sample() throws(SensorError) -> Sample {
    var (temperature, scratchpad) = try read("\(path)/\(attribute.rawValue)")
    if scratchpad == nil, rules.isDoubtful(temperature), let report = secondOpinion() {
      (temperature, scratchpad) = (report.temperature, report.scratchpad)
    }
    let quality = try rules.judge(temperature, scratchpad: scratchpad)
    if scratchpad == nil, rules.wantsSign, let report = secondOpinion() { rules.learn(report.scratchpad) }
    return Sample([.temperature(temperature)], quality: quality)
  }

  /// The report of another conversion, which includes the scratchpad; nil if it fails.
  private func secondOpinion() -> OneWireReport? {
    (try? sysfs.read("\(path)/\(Attribute.scratchpad.rawValue)")).flatMap { try? OneWireReport($0) }
  }

  private func read(_ path: String) throws(SensorError) -> (Temperature, [UInt8]?) {
    switch attribute {
    case .temperature:
      let number = try sysfs.number(path)
      guard let micros = number.micros() else { throw .malformed("\(path) is too large", bytes: []) }
      return (Temperature(microcelsius: micros), nil)
    case .scratchpad:
      let report = try OneWireReport(sysfs.attribute(path))
      return (report.temperature, report.scratchpad)
    }
  }
}

extension OneWireThermometer {
  static let chips = [
    Chip(
      name: "ds18b20", parts: ["DS18B20", "DS18S20", "DS1822", "DS1825", "DS28EA00"], measures: [.temperature],
      source: "Linux, Documentation/w1/slaves/w1_therm; Maxim DS18B20 (19-7487 rev. 6)", minimumInterval: .seconds(1),
      options: [
        DriverOption(
          "device", .pattern(example: "28-0316a2795e3c", accepts: isDevice), required: true,
          meaning: "the sensor's name in \(directory)")
      ],
      place: { options in
        options.text("device").map { .oneWire(device: $0, driver: "ds18b20", channel: nil) }
      },
      attachment: .sysfs(bus: "w1") { sysfs, options in
        OneWireThermometer(sysfs: sysfs, device: options.text("device") ?? "")
      })
  ]

  /// Whether a text is a family of thermometers, a hyphen and twelve hexadecimal digits: `28-0316a2795e3c`.
  @Sendable static func isDevice(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, families.contains(String(parts[0])) else { return false }
    return parts[1].utf8.count == 12 && parts[1].utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
  }
}
