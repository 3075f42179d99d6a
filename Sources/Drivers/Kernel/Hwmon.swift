import Telemetry

/// A temperature from a kernel driver of the hwmon class, and the humidity beside it if there is one:
/// `/sys/class/hwmon/hwmonN/tempM_input`, in thousandths of a degree, and `humidityM_input`, in thousandths of a
/// percent.
///
/// Source: Linux, Documentation/hwmon/sysfs-interface. hwmonN changes between boots, so the device is looked up at
/// every start: by `name`, by the device behind it, and by the label of the input. A sample opens one file per
/// quantity. It also opens `tempM_fault` and `tempM_enable` (`humidityM_…`) where the driver has them: the content of
/// `tempM_input` is unspecified for a broken or disabled input.
struct Hwmon: Sensor {
  static let directory = "/sys/class/hwmon"
  /// Wider than the range of any chip behind hwmon; a value outside it is an error value.
  private static let allowed = ClosedRange.celsius(-128...255)

  let sysfs: any Sysfs
  let name: String
  let device: String?
  let input: String?
  let label: String?
  private var path: (temperature: String?, humidity: String?)?
  /// The flags that the kernel driver has for the inputs that the sensor reads.
  private var flags: [Flag] = []

  private struct Flag {
    let path: String
    /// The value of the flag that makes the reading meaningless.
    let bad: UInt8
    let meaning: String
  }

  private static let flagKinds: [(suffix: String, bad: UInt8, meaning: String)] = [
    ("_fault", UInt8(ascii: "1"), "the sensor is open or shorted"),
    ("_enable", UInt8(ascii: "0"), "the input is switched off"),
  ]

  init(sysfs: any Sysfs, options: DriverOptions) {
    self.sysfs = sysfs
    name = options.text("name") ?? ""
    device = options.text("device")
    input = options.text("input")
    label = options.text("label")
  }

  mutating func start() throws(SensorError) {
    (path, flags) = (nil, [])
    let found = try KernelDevice.only("hwmon device", named: name, device: device, of: devices())
    let inputs = HwmonInputs(try sysfs.names(in: found.path)) { sysfs.text("\(found.path)/\($0)") }
    let input = try inputs.only(input, labelled: label, of: name)
    let (temperature, humidity) = (input.isTemperature ? input.name : nil, inputs.humidity(beside: input))
    flags = [temperature, humidity].compactMap { $0 }.flatMap { flags(of: "\(found.path)/\($0)") }
    try checkFlags()
    path = (temperature.map { "\(found.path)/\($0)_input" }, humidity.map { "\(found.path)/\($0)_input" })
  }

  func sample() throws(SensorError) -> Sample {
    guard let path else { throw .notFound("no hwmon device named \(name) was found") }
    var quantities: [Quantity] = []
    if let path = path.temperature {
      quantities.append(try temperature(sysfs.number(path).micros(), of: path, allowed: Self.allowed))
    }
    if let path = path.humidity { quantities.append(try humidity(sysfs.number(path).micros(), of: path)) }
    try checkFlags()
    return Sample(quantities)
  }

  private func devices() throws(SensorError) -> [KernelDevice] {
    var found: [KernelDevice] = []
    for entry in try sysfs.names(in: Self.directory) where entry.hasPrefix("hwmon") {
      let path = "\(Self.directory)/\(entry)"
      guard let name = sysfs.text(path + "/name") else { continue }
      let device = try? sysfs.target(ofLink: path + "/device")
      found.append(KernelDevice(path: path, name: name, device: device.map(lastComponent)))
    }
    return found
  }

  private func flags(of input: String) -> [Flag] {
    Self.flagKinds.filter { sysfs.text(input + $0.suffix) != nil }
      .map { Flag(path: input + $0.suffix, bad: $0.bad, meaning: $0.meaning) }
  }

  private func checkFlags() throws(SensorError) {
    for flag in flags where try sysfs.attribute(flag.path).first == flag.bad {
      throw .malformed("\(flag.path) is \(Character(UnicodeScalar(flag.bad))): \(flag.meaning)", bytes: [])
    }
  }
}

/// The temperatures and humidities of one hwmon device.
struct HwmonInputs {
  struct Input: Hashable {
    /// `temp1`, `humidity2`.
    let name: String
    /// The content of its `_label`.
    let label: String?

    var isTemperature: Bool { name.hasPrefix("temp") }
    fileprivate var number: String { String(name.drop { !$0.isNumber }) }
    fileprivate var text: String { label.map { "\($0) (\(name))" } ?? name }
  }

  /// Temperatures first, in the order of their numbers.
  let all: [Input]

  /// `attributes`: the names of the device's attributes. `text` reads one of them.
  init(_ attributes: [String], text: (String) -> String?) {
    let suffix = "_input"
    let names = attributes.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
    let found = ["temp", "humidity"].map { prefix in names.filter { Self.isNumbered($0, prefix: prefix) } }
    all = found.flatMap { $0.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) } }.map { name in
      Input(name: name, label: attributes.contains(name + "_label") ? text(name + "_label") : nil)
    }
  }

  /// The input with this name and label. Without either it is temp1, or the only input of the device.
  func only(_ name: String?, labelled label: String?, of device: String) throws(SensorError) -> Input {
    let candidates = all.filter { (name == nil || $0.name == name) && (label == nil || $0.label == label) }
    let temperatures = candidates.filter(\.isTemperature)
    if name == nil, label == nil, let first = temperatures.first(where: { $0.name == "temp1" }) { return first }
    let matching = name == nil && !temperatures.isEmpty ? temperatures : candidates
    if matching.count == 1 { return matching[0] }
    let wanted = [name, label.map { "labelled \($0)" }].compactMap { $0 }.joined(separator: " ")
    let there = all.isEmpty ? "it has no temperature and no humidity" : "there are " + list(all)
    guard matching.isEmpty else {
      throw .notFound(
        "\(matching.count) inputs of \(device)\(wanted.isEmpty ? "" : " are " + wanted): \(list(matching)); say which with `input`"
      )
    }
    throw .notFound("no input of \(device)\(wanted.isEmpty ? "" : " is " + wanted); \(there)")
  }

  /// The humidity measured at the same place: the one with the same number, or the input itself.
  func humidity(beside input: Input) -> String? {
    input.isTemperature ? all.first { !$0.isTemperature && $0.number == input.number }?.name : input.name
  }

  /// Every input that can be a sensor. A humidity beside a temperature belongs to the temperature's sensor.
  var sensors: [Input] {
    let beside = all.filter(\.isTemperature).compactMap { humidity(beside: $0) }
    return all.filter { !beside.contains($0.name) }
  }

  private func list(_ inputs: [Input]) -> String { inputs.map(\.text).joined(separator: ", ") }

  static func isNumbered(_ text: String, prefix: String) -> Bool {
    let number = text.utf8.dropFirst(prefix.utf8.count)
    return text.hasPrefix(prefix) && (1...2).contains(number.count)
      && number.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
  }
}

extension Hwmon {
  @Sendable private static func place(_ options: DriverOptions) -> KernelPlace? {
    let label = options.text("label")
    return options.text("name").map {
      .hwmon(
        name: $0, device: options.text("device"), input: options.text("input") ?? (label == nil ? "temp1" : nil),
        label: label)
    }
  }

  static let chips = [
    Chip(
      name: "hwmon", parts: ["any temperature or humidity with a hwmon driver"], measures: [.temperature, .humidity],
      source: "Linux, Documentation/hwmon/sysfs-interface", minimumInterval: .milliseconds(100),
      options: [
        DriverOption("name", .text, required: true, meaning: "what the device's `name` says, for example tmp105"),
        DriverOption("device", .text, meaning: "the device behind it, for example 1-0048, when several have that name"),
        DriverOption(
          "input",
          .pattern(example: "temp2") {
            HwmonInputs.isNumbered($0, prefix: "temp") || HwmonInputs.isNumbered($0, prefix: "humidity")
          },
          meaning: "which input of the device, with the humidity of the same number; temp1 when nothing is said"),
        DriverOption("label", .text, meaning: "what the input's label says, for example Composite"),
      ],
      place: place,
      attachment: .sysfs(bus: "sysfs") { sysfs, options in Hwmon(sysfs: sysfs, options: options) })
  ]
}
