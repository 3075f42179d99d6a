import Synchronization
import Telemetry

/// Lets all DS18B20 of a 1-Wire bus convert at once, if the kernel permits it: ten of them then take 0.8 s instead of
/// 7.5 s.
///
/// Source: Linux, Documentation/w1/slaves/w1_therm; checked against drivers/w1/slaves/w1_therm.c (6.x). Writing
/// `trigger` to the master's `therm_bulk_read`, which belongs to root, starts a conversion on all devices. The next
/// `temperature` of each device returns that value, however late it is read.
///
/// If no device answers, the kernel reports no error and returns the values of the previous conversion. A trigger
/// therefore counts only if it took as long as a conversion. A value counts only for as long as the other values take
/// to read. Any older value that the kernel holds ready is read and thrown away.
///
/// A device that is powered from the data line rules out bulk conversion: the line may not power several conversions.
/// While the power source of a device is unknown there is no bulk conversion either; it is queried again at the
/// device's next reading. Bulk conversion stays off if `therm_bulk_read` may not be written or does not exist. After
/// any other failure of a trigger the next one is made a minute later.
package final class OneWireBulk: Sysfs {
  private let sysfs: any Sysfs
  private let masters: OneWireMasters

  /// `masters` outlives this object, as do the values that the kernel holds ready.
  package init(_ sysfs: any Sysfs, masters: OneWireMasters) {
    self.sysfs = sysfs
    self.masters = masters
  }

  package var now: Uptime { sysfs.now }

  package func read(_ path: String) throws(BusError) -> [UInt8] {
    if let device = Self.device(path) {
      masters.all.withLock { masters in
        guard let name = self.master(of: device, masters) else { return }
        var master = masters[name] ?? OneWireMasters.Master()
        prepare(device, &master, name)
        masters[name] = master
      }
    }
    return try sysfs.read(path)
  }

  package func write(_ bytes: [UInt8], to path: String) throws(BusError) { try sysfs.write(bytes, to: path) }
  package func entries(of directory: String) throws(BusError) -> [String] { try sysfs.entries(of: directory) }
  package func times(of path: String) throws(BusError) -> FileTimes { try sysfs.times(of: path) }
  package func target(ofLink path: String) throws(BusError) -> String { try sysfs.target(ofLink: path) }

  /// Makes sure that the next `temperature` of the device is a current one.
  private func prepare(_ device: String, _ master: inout OneWireMasters.Master, _ name: String) {
    meet(device, &master)
    if master.held.contains(device), let at = master.convertedAt, now - at <= OneWireMasters.patience {
      master.held.remove(device)
      return
    }
    let isConverted = mayConvert(master) && convert(&master, name)
    // Otherwise a value that the kernel still holds ready is outdated: read it and throw it away.
    if master.held.remove(device) != nil, !isConverted { _ = try? sysfs.read(Self.path(device)) }
  }

  private func meet(_ device: String, _ master: inout OneWireMasters.Master) {
    guard !master.devices.contains(device) else { return }
    guard let hasOwnPower = hasOwnPower(device) else {
      master.unknown.insert(device)
      return
    }
    master.unknown.remove(device)
    master.devices.insert(device)
    if !hasOwnPower { master.isPermitted = false }
  }

  private func mayConvert(_ master: OneWireMasters.Master) -> Bool {
    guard master.isPermitted, master.unknown.isEmpty, master.devices.count > 1 else { return false }
    return master.failedAt.map { now - $0 >= OneWireMasters.pause } ?? true
  }

  private func convert(_ master: inout OneWireMasters.Master, _ name: String) -> Bool {
    let begin = now
    do throws(BusError) {
      try sysfs.write(Array("trigger\n".utf8), to: "\(OneWireThermometer.directory)/\(name)/therm_bulk_read")
    } catch {
      switch error.kind {
      case .denied, .absent, .unsupported: master.isPermitted = false
      default: master.failedAt = now
      }
      return false
    }
    master.held = master.devices
    master.convertedAt = now - begin >= OneWireMasters.shortest ? now : nil
    return master.convertedAt != nil
  }

  /// The master of a device, found by the device's folder below the master's.
  private func master(of device: String, _ masters: [String: OneWireMasters.Master]) -> String? {
    if let known = masters.first(where: { $0.value.devices.contains(device) })?.key { return known }
    let names = (try? sysfs.entries(of: OneWireThermometer.directory)) ?? []
    return names.first { name in
      guard name.hasPrefix("w1_bus_master") else { return false }
      return (try? sysfs.entries(of: "\(OneWireThermometer.directory)/\(name)"))?.contains(device) ?? false
    }
  }

  /// Nil: the power source could not be queried; the kernel then shows an error number.
  private func hasOwnPower(_ device: String) -> Bool? {
    switch (try? sysfs.read("\(OneWireThermometer.directory)/\(device)/ext_power"))?.first {
    case UInt8(ascii: "1"): true
    case UInt8(ascii: "0"): false
    default: nil
    }
  }

  private static func path(_ device: String) -> String { "\(OneWireThermometer.directory)/\(device)/temperature" }

  /// The device whose `temperature` this path is; nil: it is another path.
  private static func device(_ path: String) -> String? {
    let parts = path.split(separator: "/")
    guard parts.count == 6, parts[5] == "temperature" else { return nil }
    let device = String(parts[4])
    return OneWireThermometer.isDevice(device) && Self.path(device) == path ? device : nil
  }
}

/// The facts known about the 1-Wire buses of this machine.
package final class OneWireMasters: Sendable {
  struct Master {
    /// The devices that have been read and whose power source is known.
    var devices: Set<String> = []
    /// The devices whose power source is unknown.
    var unknown: Set<String> = []
    /// The devices for which the kernel holds a value ready.
    var held: Set<String> = []
    /// When the last trigger converted; nil: it converted nothing.
    var convertedAt: Uptime?
    var isPermitted = true
    /// When a trigger last failed; a later one may succeed.
    var failedAt: Uptime?
  }

  /// How long the values of a conversion count: until all are read, each of which takes 15 ms.
  static let patience = Duration.seconds(2)
  /// The wait after a failed trigger.
  static let pause = Duration.seconds(60)
  /// A trigger that takes less than this converted nothing. The shortest conversion, nine bits, takes 94 ms; if no
  /// device answers, the trigger returns much sooner.
  static let shortest = Duration.milliseconds(60)

  let all = Mutex<[String: Master]>([:])

  package init() {}
}
