import Drivers
import Telemetry

/// Adds sensors to a simulated sysfs as the kernel would show them.
enum SysfsTwins {
  /// A DS18B20 behind w1_therm: sixteenths of a degree, after a conversion of 750 ms. A device that lost its power
  /// shows the 85 °C of power-on. Kernels before 5.8 have only `w1_slave`.
  static func addOneWire(to sysfs: SimulatedSysfs, _ options: DriverOptions, _ twin: ChipInputs) {
    let name = options.text("device") ?? "28-000000000000"
    let path = "/sys/bus/w1/devices/\(name)"
    let master = sysfs.oneWire ?? SimulatedOneWire(on: sysfs, time: twin.time)
    sysfs.oneWire = master
    master.add(name, twin)
    sysfs.set(path + "/name", text: name + "\n")
    sysfs.set(path + "/ext_power", text: "1\n")
    sysfs.set("\(SimulatedOneWire.path)/\(name)/name", text: name + "\n")
    sysfs.set(path + "/temperature") { .success(Array("\(master.temperature(of: name) * 1_000 / 16)\n".utf8)) }
    sysfs.setWithChecksum(path + "/w1_slave") {
      let isGarbled = twin.script.current == .garbled
      let sixteenths = master.temperature(of: name)
      let text = OneWireScratchpad.text(sixteenths, isPowerOn: !master.hasConverted(name), isGarbled: isGarbled)
      return .success(Array(text.utf8))
    }
  }

  /// A MAX31850: both of its temperatures are in one scratchpad, and each of them may be a sensor.
  static func addThermocouple(to sysfs: SimulatedSysfs, _ options: DriverOptions, _ twin: ChipInputs) {
    let name = options.text("device") ?? "3b-000000000000"
    let path = "/sys/bus/w1/devices/\(name)"
    sysfs.set(path + "/name", text: name + "\n")
    let all = [twin] + twin.mates
    let isInternal: (ChipInputs) -> Bool = { $0.options.text("channel") == "internal" }
    let hot = (all.first { !isInternal($0) } ?? twin).temperature
    let cold = (all.first(where: isInternal) ?? twin).temperature
    sysfs.setWithChecksum(path + "/w1_slave") {
      twin.time.pause(.milliseconds(100))
      let now = twin.time.now()
      let quarters = Int16(clamping: hot.value(at: now) / 250_000)
      let sixteenths = Int16(clamping: cold.value(at: now) / 62_500)
      let (first, second) = (UInt16(bitPattern: quarters << 2), UInt16(bitPattern: sixteenths << 4))
      let bytes: [UInt8] = [
        UInt8(first & 0xFF), UInt8(first >> 8), UInt8(second & 0xFF), UInt8(second >> 8), 0xF0, 0xFF, 0xFF, 0xFF,
      ]
      let isGarbled = twin.script.current == .garbled
      let text = OneWireScratchpad.text(bytes, milli: Int64(quarters) * 250, isGarbled: isGarbled)
      return .success(Array(text.utf8))
    }
  }

  static func addHwmon(to sysfs: SimulatedSysfs, _ options: DriverOptions, _ twin: ChipInputs) {
    let device = (name: options.text("name") ?? "hwmon", behind: options.text("device"))
    let target = "/sys/devices/platform/\(device.behind ?? device.name)"
    let path = directory("/sys/class/hwmon/hwmon", in: sysfs) { existing in
      (try? sysfs.target(ofLink: existing + "/device")) == target
    }
    let name = options.text("input") ?? "temp1"
    let input = "\(path)/\(name)"
    sysfs.set(path + "/name", text: device.name + "\n")
    sysfs.link(path + "/device", to: target)
    if let label = options.text("label") { sysfs.set(input + "_label", text: label + "\n") }
    let humidity = "\(path)/humidity\(name.drop { !$0.isNumber })_input"
    sysfs.set(humidity) { milli(twin.humidity, twin) }
    if name.hasPrefix("temp") { sysfs.set(input + "_input") { milli(twin.temperature, twin) } }
  }

  static func addIndustrialIO(to sysfs: SimulatedSysfs, _ options: DriverOptions, _ twin: ChipInputs) {
    let name = options.text("name") ?? "iio"
    let parent = "/sys/devices/platform/\(options.text("device") ?? name)"
    let path = directory("/sys/bus/iio/devices/iio:device", in: sysfs) { existing in
      (try? sysfs.target(ofLink: existing))?.hasPrefix(parent + "/") == true
    }
    let target = "\(parent)/\(lastComponent(path))"
    sysfs.link(path, to: target)
    sysfs.set(target + "/name", text: name + "\n")
    let channel = options.text("channel").map(suffix) ?? ""
    sysfs.set("\(target)/in_temp\(channel)_input") { milli(twin.temperature, twin) }
    sysfs.set("\(target)/in_humidityrelative\(channel)_input") { milli(twin.humidity, twin) }
    // IIO gives pressure in kPa.
    sysfs.set("\(target)/in_pressure\(channel)_input") {
      .success(Array("\(decimal(micros: twin.pressure.value(at: twin.time.now()) / 10))\n".utf8))
    }
  }

  /// The suffix of a channel: `_object` for in_temp_object, `2` for in_temp2. The prefixes `in_` and `temp` may be
  /// missing.
  private static func suffix(_ channel: String) -> String {
    var name = channel[...]
    for prefix in ["in_", "temp", "_"] where name.hasPrefix(prefix) { name = name.dropFirst(prefix.count) }
    return name.allSatisfy(\.isNumber) ? String(name) : "_\(name)"
  }

  static func addThermalZone(to sysfs: SimulatedSysfs, _ options: DriverOptions, _ twin: ChipInputs) {
    let type = options.text("zone") ?? "cpu-thermal"
    let path = directory("/sys/class/thermal/thermal_zone", in: sysfs) { existing in
      (try? sysfs.read(existing + "/type")) == Array((type + "\n").utf8)
    }
    sysfs.set(path + "/type", text: type + "\n")
    sysfs.set(path + "/temp") { milli(twin.temperature, twin) }
  }

  /// A file with thousandths of a degree. The options `offset` and `scale` are ignored.
  static func addFile(to sysfs: SimulatedSysfs, _ options: DriverOptions, _ twin: ChipInputs) {
    sysfs.set(options.text("path") ?? "/run/temperature") { milli(twin.temperature, twin) }
  }

  /// The directory that this device has already, or else one with the next free number.
  private static func directory(_ prefix: String, in sysfs: SimulatedSysfs, isSame: (String) -> Bool) -> String {
    var number = 0
    while (try? sysfs.entries(of: prefix + String(number))) != nil, !isSame(prefix + String(number)) { number += 1 }
    return prefix + String(number)
  }

  private static func milli(_ curve: Curve, _ twin: ChipInputs) -> Result<[UInt8], BusError> {
    .success(Array("\(curve.value(at: twin.time.now()) / 1_000)\n".utf8))
  }

  private static func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
