import Telemetry

/// The quantities that a kernel driver of the IIO class measures at one place: a temperature, with the humidity and the
/// pressure beside it. `/sys/bus/iio/devices/iio:deviceN/in_temp_input`, or `in_temp_raw` with `in_temp_offset` and
/// `in_temp_scale`.
///
/// Source: Linux, Documentation/ABI/testing/sysfs-bus-iio: value = (raw + offset) x scale, in thousandths of a degree
/// and of a percent, and in kPa. A device with several temperatures numbers them (`in_temp0_raw`), names them
/// (`in_temp_object_raw`), or both (`in_temp0_object_raw`). Each channel has its own offset and scale, or shares those
/// of all (`in_temp_scale`).
///
/// iio:deviceN changes between boots, so the device is looked up at every start, by name and by the device behind it.
/// Offset and scale are also read then. A sample opens one file per quantity.
struct IndustrialIO: Sensor {
  static let directory = "/sys/bus/iio/devices"
  /// From near absolute zero to the hottest thermocouple.
  private static let temperatures = ClosedRange.celsius(-270...1800)
  /// From suction to the pressure inside a pipe.
  private static let pressures =
    Pressure(microhectopascal: -2_000_000_000)...Pressure(microhectopascal: 100_000_000_000)

  /// How one quantity is read.
  private struct Source {
    let kind: Quantity.Kind
    let path: String
    let offset: SysfsNumber
    let scale: SysfsNumber?

    /// The value in millionths. The kernel gives thousandths, or kPa: one kPa is ten thousand thousandths of a
    /// hectopascal.
    func micros(of number: SysfsNumber) -> Int64? {
      let power = kind == .pressure ? 4 : 0
      return scale.map { number.micros(plus: offset, times: $0, power: power) } ?? number.micros(power: power)
    }
  }

  let sysfs: any Sysfs
  let name: String
  let device: String?
  let channel: String?
  private var sources: [Source] = []

  init(sysfs: any Sysfs, options: DriverOptions) {
    self.sysfs = sysfs
    name = options.text("name") ?? ""
    device = options.text("device")
    channel = options.text("channel")
  }

  mutating func start() throws(SensorError) {
    sources = []
    let found = try KernelDevice.only("IIO device", named: name, device: device, of: devices())
    let attributes = try sysfs.names(in: found.path)
    let channels = IIOChannels(attributes) { sysfs.text("\(found.path)/\($0)") }
    var made: [Source] = []
    for one in try channels.place(channel, of: "\(name) (\(lastComponent(found.path)))") {
      made.append(try source(one, in: found.path, attributes))
    }
    sources = made
  }

  func sample() throws(SensorError) -> Sample {
    guard !sources.isEmpty else { throw .notFound("no IIO device named \(name) was found") }
    var quantities: [Quantity] = []
    for source in sources { quantities.append(try quantity(source)) }
    return Sample(quantities)
  }

  private func quantity(_ source: Source) throws(SensorError) -> Quantity {
    let micros = source.micros(of: try sysfs.number(source.path))
    switch source.kind {
    case .humidity: return try humidity(micros, of: source.path)
    case .pressure: return try pressure(micros, of: source.path, allowed: Self.pressures)
    case .temperature, .contact: return try temperature(micros, of: source.path, allowed: Self.temperatures)
    }
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

  /// The entry of a device is itself a link, to …/1-0040/iio:device0: the device behind it is the last part but one.
  static func parent(_ target: String) -> String? { target.split(separator: "/").dropLast().last.map(String.init) }

  private func source(_ channel: IIOChannels.Channel, in path: String, _ attributes: [String]) throws(SensorError)
    -> Source
  {
    if channel.hasInput {
      return Source(kind: channel.kind, path: "\(path)/\(channel.attribute)_input", offset: .zero, scale: nil)
    }
    func number(_ suffix: String) throws(SensorError) -> SysfsNumber? {
      let names = [channel.attribute + suffix, channel.shared + suffix]
      guard let name = names.first(where: attributes.contains) else { return nil }
      return try sysfs.number("\(path)/\(name)")
    }
    return Source(
      kind: channel.kind, path: "\(path)/\(channel.attribute)_raw", offset: try number("_offset") ?? .zero,
      scale: try number("_scale"))
  }
}

extension IndustrialIO {
  static let chips = [
    Chip(
      name: "iio", parts: ["any temperature, humidity or air pressure with an IIO driver"],
      measures: [.temperature, .humidity, .pressure],
      source: "Linux, Documentation/ABI/testing/sysfs-bus-iio", minimumInterval: .milliseconds(100),
      options: [
        DriverOption("name", .text, required: true, meaning: "what the device's `name` says, for example hdc1080"),
        DriverOption("device", .text, meaning: "the device behind it, for example 1-0040, when several have that name"),
        DriverOption(
          "channel", .text,
          meaning: "which temperature of a device with several: object for in_temp_object, 2 for in_temp2, or its label"
        ),
      ],
      place: { options in
        options.text("name").map {
          .iio(
            name: $0, device: options.text("device"), channel: IIOChannels.shortest(options.text("channel") ?? ""))
        }
      },
      attachment: .sysfs(bus: "sysfs") { sysfs, options in IndustrialIO(sysfs: sysfs, options: options) })
  ]
}
