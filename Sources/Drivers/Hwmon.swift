import Telemetry

/// A temperature of a kernel driver of the hwmon class: `/sys/class/hwmon/hwmonN/tempM_input`, in thousandths of a
/// degree.
///
/// Source: Linux, Documentation/hwmon/sysfs-interface. hwmonN changes between boots: the device is looked up at every
/// start, by `name`, by the device behind it, and by the label of the input. A sample is one open, and another of
/// `tempM_fault` where the driver has it: what stands in `tempM_input` meanwhile is not said.
struct Hwmon: Sensor {
  static let directory = "/sys/class/hwmon"
  /// Wider than any chip behind hwmon; what is outside is an error value.
  private static let allowed = ClosedRange.celsius(-128...255)

  let sysfs: any Sysfs
  let name: String
  let device: String?
  let input: String?
  let label: String?
  private var path: String?
  /// Of the fault flag; nil: there is none.
  private var flag: String?

  init(sysfs: any Sysfs, options: DriverOptions) {
    self.sysfs = sysfs
    name = options.text("name") ?? ""
    device = options.text("device")
    input = options.text("input")
    label = options.text("label")
  }

  mutating func start() throws(SensorError) {
    (path, flag) = (nil, nil)
    let found = try KernelDevice.only("hwmon device", named: name, device: device, of: devices())
    let input = try findInput(in: found.path)
    if sysfs.text(input + "_fault") != nil { flag = input + "_fault" }
    try checkFlag()
    path = input + "_input"
  }

  func sample() throws(SensorError) -> Sample {
    guard let path else { throw .notFound("no hwmon device named \(name) was found") }
    let value = try temperature(sysfs.number(path).micros(), of: path, allowed: Self.allowed)
    try checkFlag()
    return Sample([value])
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

  /// The path of the input without its suffix: `/sys/class/hwmon/hwmon2/temp1`.
  private func findInput(in path: String) throws(SensorError) -> String {
    guard let label else { return "\(path)/\(input ?? "temp1")" }
    let suffix = "_label"
    let labels = try sysfs.names(in: path).filter { $0.hasPrefix("temp") && $0.hasSuffix(suffix) }
      .map { (input: String($0.dropLast(suffix.count)), text: sysfs.text("\(path)/\($0)") ?? "") }
    let matching = labels.filter { $0.text == label && (input == nil || $0.input == input) }
    guard matching.count == 1 else {
      let there = labels.map { "\($0.text) (\($0.input))" }.joined(separator: ", ")
      let count = matching.isEmpty ? "no input" : "\(matching.count) inputs"
      throw .notFound("\(count) of \(name) labelled \(label)" + (there.isEmpty ? "" : "; there are \(there)"))
    }
    return "\(path)/\(matching[0].input)"
  }

  private func checkFlag() throws(SensorError) {
    guard let flag, try sysfs.attribute(flag).first == UInt8(ascii: "1") else { return }
    throw .malformed("\(flag) is 1: the sensor is open or shorted", bytes: [])
  }
}

extension Hwmon {
  static let chips = [
    Chip(
      name: "hwmon", parts: ["any sensor with a hwmon driver"], measures: [.temperature],
      source: "Linux, Documentation/hwmon/sysfs-interface", minimumInterval: .milliseconds(100),
      options: [
        DriverOption("name", .text, required: true, meaning: "what the device's `name` says, for example tmp105"),
        DriverOption("device", .text, meaning: "the device behind it, for example 1-0048, when several have that name"),
        DriverOption(
          "input", .pattern(example: "temp1") { isNumbered($0, prefix: "temp") },
          meaning: "which input of the device; temp1 when nothing is said"),
        DriverOption("label", .text, meaning: "what the input's label says, for example Composite"),
      ],
      attachment: .sysfs(bus: "sysfs") { sysfs, options in Hwmon(sysfs: sysfs, options: options) })
  ]

  private static func isNumbered(_ text: String, prefix: String) -> Bool {
    let number = text.utf8.dropFirst(prefix.utf8.count)
    return text.hasPrefix(prefix) && (1...2).contains(number.count)
      && number.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
  }
}
