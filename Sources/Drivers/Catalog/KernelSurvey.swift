/// Sensors that the kernel reads itself, as `devices.yaml` would name them.
package enum KernelSurvey {
  package struct Found: Hashable, Sendable {
    /// `ds18b20`, `hwmon`, `iio`, `thermal`.
    package let driver: String
    /// Options of the driver, in the order in which people would write them.
    package let options: [Option]
    /// An option that may be written but does not have to be.
    var usual: Option?
    /// The label that may be given instead of the input's name.
    var label: String?
    /// The device behind the sensor. For an I²C chip that a kernel driver has claimed it is the address: `1-0049`.
    package let device: String?

    /// Whether a sensor of this driver with these options reads this input.
    package func isMeant(by sensor: DriverOptions) -> Bool {
      let isLabelled = sensor.text("label") != nil
      if isLabelled, sensor.text("label") != label { return false }
      let wanted = isLabelled ? options.filter { $0.name != "input" } : options
      guard wanted.allSatisfy({ sensor.text($0.name) == $0.value }) else { return false }
      return isLabelled || usual.map { sensor.text($0.name) ?? $0.value == $0.value } ?? true
    }
  }

  package struct Option: Hashable, Sendable {
    package let name: String
    package let value: String
  }

  /// All sensors that can be seen. A missing directory counts as empty.
  package static func sensors(in sysfs: any Sysfs) -> [Found] {
    oneWire(sysfs) + hwmon(sysfs) + industrialIO(sysfs) + thermalZones(sysfs)
  }

  private static func entries(_ sysfs: any Sysfs, _ directory: String) -> [String] {
    (try? sysfs.entries(of: directory)) ?? []
  }

  /// Why there is no thermometer on a 1-Wire bus, and what to do; nil when there is one.
  package static func withoutOneWire(_ sysfs: any Sysfs, _ kind: BoardKind) -> String? {
    let devices = entries(sysfs, OneWireThermometer.directory)
    if devices.contains(where: OneWireThermometer.isDevice) { return nil }
    if !devices.contains(where: { $0.hasPrefix("w1_bus_master") }) { return kind.noOneWire }
    return "the bus is there, and no thermometer answers: check its wires, and the resistor of 4.7 kΩ from the data "
      + "line to 3.3 V"
  }

  private static func oneWire(_ sysfs: any Sysfs) -> [Found] {
    entries(sysfs, OneWireThermometer.directory).filter(OneWireThermometer.isDevice).flatMap { device in
      let options = [Option(name: "device", value: device)]
      guard isMAX31850(device, sysfs), let channels = Catalog.chip(named: "max31850")?.channels else {
        return [Found(driver: "ds18b20", options: options, device: nil)]
      }
      return channels.choices.map { choice in
        let option = Option(name: choice.option, value: choice.name)
        let isUsual = choice.name == channels.usual
        return Found(
          driver: "max31850", options: isUsual ? options : options + [option], usual: isUsual ? option : nil,
          device: nil)
      }
    }
  }

  private static func isMAX31850(_ device: String, _ sysfs: any Sysfs) -> Bool {
    guard device.hasPrefix(MAX31850.family),
      let bytes = try? sysfs.read("\(OneWireThermometer.directory)/\(device)/w1_slave")
    else { return false }
    return (try? OneWireReport(bytes)).map { MAX31850.isOne($0.scratchpad) } ?? false
  }

  private static func hwmon(_ sysfs: any Sysfs) -> [Found] {
    let devices = entries(sysfs, Hwmon.directory).compactMap {
      entry -> (name: String, device: String?, inputs: [HwmonInputs.Input])? in
      let path = "\(Hwmon.directory)/\(entry)"
      guard let name = sysfs.text(path + "/name") else { return nil }
      let inputs = HwmonInputs(entries(sysfs, path)) { sysfs.text("\(path)/\($0)") }.sensors
      return (name, (try? sysfs.target(ofLink: path + "/device")).map(lastComponent), inputs)
    }
    return devices.flatMap { device in
      let isOnly = devices.count { $0.name == device.name } == 1
      return device.inputs.map { input in
        var options = [Option(name: "name", value: device.name)]
        if !isOnly, let behind = device.device { options.append(Option(name: "device", value: behind)) }
        let usual = input.name == "temp1" ? Option(name: "input", value: "temp1") : nil
        if usual == nil { options.append(Option(name: "input", value: input.name)) }
        return Found(
          driver: "hwmon", options: options, usual: usual, label: input.label, device: device.device)
      }
    }
  }

  private static func industrialIO(_ sysfs: any Sysfs) -> [Found] {
    let devices = entries(sysfs, IndustrialIO.directory).compactMap {
      entry -> (name: String, device: String?, channels: [String?])? in
      let path = "\(IndustrialIO.directory)/\(entry)"
      guard entry.hasPrefix("iio:device"), let name = sysfs.text(path + "/name") else { return nil }
      let channels = IIOChannels(entries(sysfs, path)) { sysfs.text("\(path)/\($0)") }.sensors
      return (name, (try? sysfs.target(ofLink: path)).flatMap(IndustrialIO.parent), channels)
    }
    return devices.flatMap { device in
      let isOnly = devices.count { $0.name == device.name } == 1
      return device.channels.map { channel in
        var options = [Option(name: "name", value: device.name)]
        if !isOnly, let behind = device.device { options.append(Option(name: "device", value: behind)) }
        if let channel { options.append(Option(name: "channel", value: channel)) }
        return Found(driver: "iio", options: options, device: device.device)
      }
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
