/// A sensor that the kernel shows in a class directory, under a number that can change at boot. It is therefore found
/// by its name, and by the device behind it if several have that name.
struct KernelDevice {
  /// The sensor's directory: `/sys/class/hwmon/hwmon2`.
  let path: String
  let name: String
  /// The last part of the path of the device behind the sensor: `1-0048`.
  let device: String?

  /// The one device of `found` that has this name (and is this device, if given).
  ///
  /// - Parameters:
  ///   - kind: what to call it in a message: `hwmon device`.
  ///   - advice: how to choose when several match.
  static func only(
    _ kind: String, named name: String, device: String? = nil, of found: [KernelDevice],
    advice: String = "say which with `device`"
  ) throws(SensorError) -> KernelDevice {
    let matching = found.filter { $0.name == name && (device == nil || $0.device == device) }
    if matching.count == 1 { return matching[0] }
    let wanted = "named \(name)" + (device.map { " on \($0)" } ?? "")
    guard matching.isEmpty else {
      throw .notFound("\(matching.count) \(kind)s are \(wanted): \(list(matching)); \(advice)")
    }
    throw .notFound("no \(kind) is \(wanted)" + (found.isEmpty ? "; there is none" : "; there are \(list(found))"))
  }

  private static func list(_ devices: [KernelDevice]) -> String {
    devices.map { each in
      "\(each.name) (\(lastComponent(each.path))" + (each.device.map { " on \($0))" } ?? ")")
    }.joined(separator: ", ")
  }
}
