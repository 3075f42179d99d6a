/// Sensors that the kernel reads by itself, as `devices.yaml` would name them.
public enum KernelSurvey {
  public struct Found: Hashable, Sendable {
    /// `ds18b20`, `hwmon`, `iio`, `thermal`.
    public let driver: String
    /// As options of the driver, in the order in which people would write them.
    public let options: [Option]
    /// The device behind it, `1-0049`: the address of an I²C chip that a kernel driver has taken.
    public let device: String?
  }

  public struct Option: Hashable, Sendable {
    public let name: String
    public let value: String
  }

  /// What can be seen. A directory that is not there has nothing in it.
  public static func sensors(in sysfs: any Sysfs) -> [Found] {
    oneWire(sysfs) + hwmon(sysfs) + industrialIO(sysfs) + thermalZones(sysfs)
  }

  private static func entries(_ sysfs: any Sysfs, _ directory: String) -> [String] {
    (try? sysfs.entries(of: directory)) ?? []
  }

  /// Why there is no thermometer on a 1-Wire bus, and what to do; nil when there is one.
  public static func withoutOneWire(_ sysfs: any Sysfs, _ kind: BoardKind) -> String? {
    let devices = entries(sysfs, OneWireThermometer.directory)
    if devices.contains(where: OneWireThermometer.isDevice) { return nil }
    if !devices.contains(where: { $0.hasPrefix("w1_bus_master") }) { return kind.noOneWire }
    return "the bus is there, and no thermometer answers: check its wires, and the resistor of 4.7 kΩ from the data "
      + "line to 3.3 V"
  }

  private static func oneWire(_ sysfs: any Sysfs) -> [Found] {
    entries(sysfs, OneWireThermometer.directory).filter(OneWireThermometer.isDevice).map {
      Found(driver: "ds18b20", options: [Option(name: "device", value: $0)], device: nil)
    }
  }

  private static func hwmon(_ sysfs: any Sysfs) -> [Found] {
    let devices = entries(sysfs, Hwmon.directory).compactMap {
      entry -> (name: String, device: String?, inputs: [String])? in
      let path = "\(Hwmon.directory)/\(entry)"
      guard let name = sysfs.text(path + "/name") else { return nil }
      let inputs = entries(sysfs, path).filter { $0.hasPrefix("temp") && $0.hasSuffix("_input") }.map {
        String($0.dropLast(6))
      }
      return (name, (try? sysfs.target(ofLink: path + "/device")).map(lastComponent), inputs)
    }
    return devices.flatMap { device in
      let isOnly = devices.count { $0.name == device.name } == 1
      return device.inputs.map { input in
        var options = [Option(name: "name", value: device.name)]
        if !isOnly, let behind = device.device { options.append(Option(name: "device", value: behind)) }
        if input != "temp1" { options.append(Option(name: "input", value: input)) }
        return Found(driver: "hwmon", options: options, device: device.device)
      }
    }
  }

  private static func industrialIO(_ sysfs: any Sysfs) -> [Found] {
    let devices = entries(sysfs, IndustrialIO.directory).compactMap { entry -> (name: String, device: String?)? in
      let path = "\(IndustrialIO.directory)/\(entry)"
      guard entry.hasPrefix("iio:device"), let name = sysfs.text(path + "/name"),
        entries(sysfs, path).contains(where: { $0 == "in_temp_input" || $0 == "in_temp_raw" })
      else { return nil }
      return (name, (try? sysfs.target(ofLink: path)).flatMap(IndustrialIO.parent))
    }
    return devices.map { device in
      var options = [Option(name: "name", value: device.name)]
      if devices.count(where: { $0.name == device.name }) > 1, let behind = device.device {
        options.append(Option(name: "device", value: behind))
      }
      return Found(driver: "iio", options: options, device: device.device)
    }
  }

  private static func thermalZones(_ sysfs: any Sysfs) -> [Found] {
    let types = entries(sysfs, ThermalZone.directory).filter { $0.hasPrefix("thermal_zone") }.compactMap {
      sysfs.text("\(ThermalZone.directory)/\($0)/type")
    }
    return types.filter { type in types.count { $0 == type } == 1 }.map {
      Found(driver: "thermal", options: [Option(name: "zone", value: $0)], device: nil)
    }
  }
}
