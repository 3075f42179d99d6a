import Synchronization
import Telemetry

/// Lets all DS18B20 of a 1-Wire bus convert at once, where the kernel permits it: ten of them take 0.8 s then and not 7.5 s.
///
/// Source: Linux, Documentation/w1/slaves/w1_therm; checked against drivers/w1/slaves/w1_therm.c (6.x). Writing `trigger` to the
/// master's `therm_bulk_read`, which is root's, converts on all devices, and the next `temperature` of each is that value, however
/// late it is asked for. When nobody answers the kernel says so to nobody, and gives the value of the conversion before. So a
/// trigger counts only if it took as long as a conversion, a value only for as long as the others take to be read, and what
/// the kernel holds ready beyond that is read and thrown away.
///
/// A device that takes its power from the data line rules it out: the line may not feed several. One of which this cannot be
/// asked at the moment is asked again at its next reading. Who may not write is never permitted to; any other failure of a
/// trigger passes, and the next one is made a minute later.
package final class OneWireBulk: Sysfs {
  private let sysfs: any Sysfs
  private let masters: OneWireMasters

  /// `masters` outlives this: what the kernel holds ready does, too.
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

  /// After this the next `temperature` of the device is one of now.
  private func prepare(_ device: String, _ master: inout OneWireMasters.Master, _ name: String) {
    meet(device, &master)
    if master.held.contains(device), let at = master.convertedAt, now - at <= OneWireMasters.patience {
      master.held.remove(device)
      return
    }
    let isConverted = mayConvert(master) && convert(&master, name)
    // What is held ready otherwise is of another time.
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

  /// By its folder below the master's.
  private func master(of device: String, _ masters: [String: OneWireMasters.Master]) -> String? {
    if let known = masters.first(where: { $0.value.devices.contains(device) })?.key { return known }
    let names = (try? sysfs.entries(of: OneWireThermometer.directory)) ?? []
    return names.first { name in
      guard name.hasPrefix("w1_bus_master") else { return false }
      return (try? sysfs.entries(of: "\(OneWireThermometer.directory)/\(name)"))?.contains(device) ?? false
    }
  }

  /// Nil: it could not be asked; the kernel shows an error number then.
  private func hasOwnPower(_ device: String) -> Bool? {
    switch (try? sysfs.read("\(OneWireThermometer.directory)/\(device)/ext_power"))?.first {
    case UInt8(ascii: "1"): true
    case UInt8(ascii: "0"): false
    default: nil
    }
  }

  private static func path(_ device: String) -> String { "\(OneWireThermometer.directory)/\(device)/temperature" }

  /// Whose temperature this is.
  private static func device(_ path: String) -> String? {
    let parts = path.split(separator: "/")
    guard parts.count == 6, parts[5] == "temperature" else { return nil }
    let device = String(parts[4])
    return OneWireThermometer.isDevice(device) && Self.path(device) == path ? device : nil
  }
}

/// What is known of the 1-Wire buses of this machine.
package final class OneWireMasters: Sendable {
  struct Master {
    /// That were read.
    var devices: Set<String> = []
    /// Nobody knows what these take their power from.
    var unknown: Set<String> = []
    /// Of which the kernel holds a value ready.
    var held: Set<String> = []
    /// Nil: no conversion at all.
    var convertedAt: Uptime?
    var isPermitted = true
    /// A trigger failed, and another one may not.
    var failedAt: Uptime?
  }

  /// Until all values of a conversion are read, each of which takes 15 ms.
  static let patience = Duration.seconds(2)
  /// After a trigger that failed.
  static let pause = Duration.seconds(60)
  /// The shortest conversion, nine bits, takes 94 ms; when nobody answers, it is over after some.
  static let shortest = Duration.milliseconds(60)

  let all = Mutex<[String: Master]>([:])

  package init() {}
}
