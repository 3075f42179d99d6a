import Telemetry

/// A temperature of a kernel driver of the IIO class, and its humidity when it has one:
/// `/sys/bus/iio/devices/iio:deviceN/in_temp_input`, or `in_temp_raw` with `in_temp_offset` and `in_temp_scale`.
///
/// Source: Linux, Documentation/ABI/testing/sysfs-bus-iio: value = (raw + offset) x scale, in thousandths of a degree
/// and of a percent. iio:deviceN changes between boots: the device is looked up at every start, by name and by the
/// device behind it. Offset and scale are read then, too; a sample is one open for each quantity.
struct IndustrialIO: Sensor {
  static let directory = "/sys/bus/iio/devices"
  /// From near absolute zero to the hottest thermocouple.
  private static let allowed = ClosedRange.celsius(-270...1800)

  /// How one quantity is read.
  private struct Channel {
    let path: String
    let offset: SysfsNumber
    let scale: SysfsNumber?

    func micros(of number: SysfsNumber) -> Int64? {
      scale.map { number.micros(plus: offset, times: $0) } ?? number.micros()
    }
  }

  let sysfs: any Sysfs
  let name: String
  let device: String?
  private var channel: (temperature: Channel, humidity: Channel?)?

  init(sysfs: any Sysfs, options: DriverOptions) {
    self.sysfs = sysfs
    name = options.text("name") ?? ""
    device = options.text("device")
  }

  mutating func start() throws(SensorError) {
    channel = nil
    let found = try KernelDevice.only("IIO device", named: name, device: device, of: devices())
    let attributes = try sysfs.names(in: found.path)
    guard let temperature = try findChannel("in_temp", in: found.path, attributes: attributes) else {
      throw .notFound(
        "\(name) (\(lastComponent(found.path))) has neither in_temp_input nor in_temp_raw with in_temp_scale")
    }
    channel = (temperature, try findChannel("in_humidityrelative", in: found.path, attributes: attributes))
  }

  func sample() throws(SensorError) -> Sample {
    guard let channel else { throw .notFound("no IIO device named \(name) was found") }
    var quantities = [
      try temperature(
        channel.temperature.micros(of: sysfs.number(channel.temperature.path)), of: channel.temperature.path,
        allowed: Self.allowed)
    ]
    if let humidity = channel.humidity {
      quantities.append(try Self.humidity(humidity.micros(of: sysfs.number(humidity.path)), of: humidity.path))
    }
    return Sample(quantities)
  }

  private func devices() throws(SensorError) -> [KernelDevice] {
    var found: [KernelDevice] = []
    for entry in try sysfs.names(in: Self.directory) where entry.hasPrefix("iio:device") {
      let path = "\(Self.directory)/\(entry)"
      guard let name = sysfs.text(path + "/name") else { continue }
      let device = (try? sysfs.target(ofLink: path)).flatMap(Self.parent)
      found.append(KernelDevice(path: path, name: name, device: device))
    }
    return found
  }

  /// The entry of a device is itself a link, to …/1-0040/iio:device0: the device behind it is the part before the last.
  static func parent(_ target: String) -> String? { target.split(separator: "/").dropLast().last.map(String.init) }

  private func findChannel(_ prefix: String, in path: String, attributes: [String]) throws(SensorError) -> Channel? {
    if attributes.contains(prefix + "_input") {
      return Channel(path: "\(path)/\(prefix)_input", offset: .zero, scale: nil)
    }
    guard attributes.contains(prefix + "_raw"), attributes.contains(prefix + "_scale") else { return nil }
    let hasOffset = attributes.contains(prefix + "_offset")
    return Channel(
      path: "\(path)/\(prefix)_raw",
      offset: hasOffset ? try sysfs.number("\(path)/\(prefix)_offset") : .zero,
      scale: try sysfs.number("\(path)/\(prefix)_scale"))
  }

  private static func humidity(_ micros: Int64?, of path: String) throws(SensorError) -> Quantity {
    guard let micros else { throw .malformed("\(path) is too large", bytes: []) }
    // Drivers print what the chip's formula gives, which goes a little beyond both ends.
    let beyond: Int64 = 20_000_000
    guard (-beyond...100_000_000 + beyond).contains(micros) else {
      throw .outOfRange(
        .humidity(RelativeHumidity(micropercent: micros)),
        allowed: .humidity(RelativeHumidity(micropercent: 0))...(.humidity(RelativeHumidity(micropercent: 100_000_000)))
      )
    }
    return .humidity(cropping: micros)
  }
}

extension IndustrialIO {
  static let chips = [
    Chip(
      name: "iio", parts: ["any sensor with an IIO driver"], measures: [.temperature, .humidity],
      source: "Linux, Documentation/ABI/testing/sysfs-bus-iio", minimumInterval: .milliseconds(100),
      options: [
        DriverOption("name", .text, required: true, meaning: "what the device's `name` says, for example hdc1080"),
        DriverOption("device", .text, meaning: "the device behind it, for example 1-0040, when several have that name"),
      ],
      attachment: .sysfs(bus: "sysfs") { sysfs, options in IndustrialIO(sysfs: sysfs, options: options) })
  ]
}
