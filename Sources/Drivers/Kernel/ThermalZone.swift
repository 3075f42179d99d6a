import Telemetry

/// A thermal zone of the kernel, such as the processor: `/sys/class/thermal/thermal_zoneN/temp`, in thousandths of a
/// degree.
///
/// Source: Linux, Documentation/driver-api/thermal/sysfs-api. N changes between boots: the zone is found by its type.
struct ThermalZone: Sensor {
  static let directory = "/sys/class/thermal"
  /// Excludes -274 °C, the kernel's own mark for "no value".
  private static let allowed = ClosedRange.celsius(-128...255)

  let sysfs: any Sysfs
  let zone: String
  private var path: String?

  init(sysfs: any Sysfs, options: DriverOptions) {
    self.sysfs = sysfs
    zone = options.text("zone") ?? ""
  }

  mutating func start() throws(SensorError) {
    path = nil
    var zones: [KernelDevice] = []
    for entry in try sysfs.names(in: Self.directory) where entry.hasPrefix("thermal_zone") {
      let path = "\(Self.directory)/\(entry)"
      guard let type = sysfs.text(path + "/type") else { continue }
      zones.append(KernelDevice(path: path, name: type, device: nil))
    }
    let advice = "the kernel gives no other way to tell them apart"
    path = try KernelDevice.only("thermal zone", named: zone, of: zones, advice: advice).path + "/temp"
  }

  func sample() throws(SensorError) -> Sample {
    guard let path else { throw .notFound("no thermal zone of type \(zone) was found") }
    return Sample([try temperature(sysfs.number(path).micros(), of: path, allowed: Self.allowed)])
  }
}

extension ThermalZone {
  static let chips = [
    Chip(
      name: "thermal", parts: ["processor temperature"], measures: [.temperature],
      source: "Linux, Documentation/driver-api/thermal/sysfs-api", minimumInterval: .milliseconds(100),
      options: [
        DriverOption("zone", .text, required: true, meaning: "what the zone's `type` says, for example cpu-thermal")
      ],
      place: { options in options.text("zone").map { .zone($0) } },
      attachment: .sysfs(bus: "sysfs") { sysfs, options in ThermalZone(sysfs: sysfs, options: options) })
  ]
}
