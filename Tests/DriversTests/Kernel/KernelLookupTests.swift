import Drivers
import Simulation
import Telemetry
import Testing

@Suite("Kernel sensors: finding them")
struct KernelLookupTests {
  /// Two LM75 and a processor.
  private func twoAlike() -> SimulatedSysfs {
    let sysfs = SimulatedSysfs()
    for (number, name, device, value) in [
      (0, "cpu_thermal", "thermal", "50000"), (1, "lm75", "1-0048", "21500"), (4, "lm75", "1-0049", "-10250"),
    ] {
      let path = "/sys/class/hwmon/hwmon\(number)"
      sysfs.set(path + "/name", text: name + "\n")
      sysfs.set(path + "/temp1_input", text: value + "\n")
      sysfs.link(path + "/device", to: "/sys/devices/platform/i2c-1/\(device)")
    }
    return sysfs
  }

  @Test("Of two with one name the device decides")
  func hwmonByDevice() throws {
    var sensor = try sensor("hwmon", on: twoAlike(), ["name": .text("lm75"), "device": .text("1-0049")])
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: -10_250_000))
  }

  @Test("Two with one name are an error that lists both")
  func hwmonAmbiguous() throws {
    var sensor = try sensor("hwmon", on: twoAlike(), ["name": .text("lm75")])
    #expect(
      try notFoundFailure { try sensor.start() }
        == "2 hwmon devices are named lm75: lm75 (hwmon1 on 1-0048), lm75 (hwmon4 on 1-0049); say which with `device`")
    #expect(throws: SensorError.self) { try sensor.sample() }
  }

  @Test("A name that is not there is an error that lists what is")
  func hwmonUnknown() throws {
    var sensor = try sensor("hwmon", on: twoAlike(), ["name": .text("tmp105")])
    let text = try notFoundFailure { try sensor.start() }
    #expect(text.hasPrefix("no hwmon device is named tmp105; there are cpu_thermal (hwmon0 on thermal), lm75"))
  }

  @Test("A device that is not there is an error", arguments: ["1-004a", "1-004", "0048", ""])
  func hwmonUnknownDevice(_ device: String) throws {
    var sensor = try sensor("hwmon", on: twoAlike(), ["name": .text("lm75"), "device": .text(device)])
    _ = try notFoundFailure { try sensor.start() }
  }

  @Test("A device is found under its new number after a fault")
  func renumbered() throws {
    let sysfs = twoAlike()
    var sensor = try sensor("hwmon", on: sysfs, ["name": .text("lm75"), "device": .text("1-0048")])
    try sensor.start()
    sysfs.remove("/sys/class/hwmon/hwmon1")
    #expect(throws: SensorError.self) { try sensor.sample() }
    sysfs.set("/sys/class/hwmon/hwmon7/name", text: "lm75\n")
    sysfs.set("/sys/class/hwmon/hwmon7/temp1_input", text: "22000\n")
    sysfs.link("/sys/class/hwmon/hwmon7/device", to: "/sys/devices/platform/i2c-1/1-0048")
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 22_000_000))
  }

  @Test("An hwmon device whose name cannot be read is passed over")
  func unreadableName() throws {
    let sysfs = twoAlike()
    sysfs.fail("/sys/class/hwmon/hwmon0/name")
    var sensor = try sensor("hwmon", on: sysfs, ["name": .text("lm75"), "device": .text("1-0048")])
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_500_000))
  }

  private func labelled() -> SimulatedSysfs {
    let sysfs = SimulatedSysfs()
    sysfs.set("/sys/class/hwmon/hwmon0/name", text: "nvme\n")
    for (input, label, value) in [("temp1", "Composite", "40850"), ("temp2", "Sensor 1", "41850")] {
      sysfs.set("/sys/class/hwmon/hwmon0/\(input)_label", text: label + "\n")
      sysfs.set("/sys/class/hwmon/hwmon0/\(input)_input", text: value + "\n")
    }
    return sysfs
  }

  @Test("An input is chosen by its number or by its label")
  func inputs() throws {
    for (options, micros) in [
      ([:], Int64(40_850_000)), (["input": .text("temp2")], 41_850_000), (["label": .text("Sensor 1")], 41_850_000),
      (["label": .text("Composite"), "input": .text("temp1")], 40_850_000),
    ] as [([String: DriverOptions.Value], Int64)] {
      var sensor = try sensor("hwmon", on: labelled(), options.merging(["name": .text("nvme")]) { first, _ in first })
      try sensor.start()
      #expect(try sensor.sample() == .celsius(micros: micros))
    }
  }

  private func climate() -> SimulatedSysfs {
    let sysfs = SimulatedSysfs()
    sysfs.set("/sys/class/hwmon/hwmon0/name", text: "sht3x\n")
    for (input, value) in [
      ("temp1", "21300"), ("humidity1", "45600"), ("temp2", "5000"), ("humidity2", "121000"), ("humidity3", "60000"),
    ] {
      sysfs.set("/sys/class/hwmon/hwmon0/\(input)_input", text: value + "\n")
    }
    return sysfs
  }

  @Test("The humidity with the same number goes with a temperature; one without a temperature can be named")
  func humidity() throws {
    func read(_ input: String?) throws -> Sample {
      var options: [String: DriverOptions.Value] = ["name": .text("sht3x")]
      options["input"] = input.map { .text($0) }
      var sensor = try sensor("hwmon", on: climate(), options)
      try sensor.start()
      return try sensor.sample()
    }
    let both = Sample([
      .temperature(Temperature(millicelsius: 21_300)), .humidity(RelativeHumidity(millipercent: 45_600)),
    ])
    #expect(try read(nil) == both)
    #expect(try read("temp1") == both)
    #expect(try read("humidity3") == Sample([.humidity(RelativeHumidity(millipercent: 60_000))]))
    #expect(failure { try read("temp2") }?.kind == "out of range")
    #expect(
      try notFoundFailure { try read("temp4") }
        == "no input of sht3x is temp4; there are temp1, temp2, humidity1, humidity2, humidity3")
  }

  @Test("The only temperature of a device needs no name, whatever its number")
  func onlyInput() throws {
    let sysfs = SimulatedSysfs()
    sysfs.set("/sys/class/hwmon/hwmon0/name", text: "nct\n")
    sysfs.set("/sys/class/hwmon/hwmon0/temp7_input", text: "21300\n")
    var sensor = try sensor("hwmon", on: sysfs, ["name": .text("nct")])
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_300_000))
    sysfs.remove("/sys/class/hwmon/hwmon0/temp7_input")
    sysfs.set("/sys/class/hwmon/hwmon0/in0_input", text: "1\n")
    #expect(
      try notFoundFailure { try sensor.start() } == "no input of nct; it has no temperature and no humidity")
  }

  @Test("scan names each input of a device once, and knows which sensor means it")
  func hwmonSurvey() {
    let found = KernelSurvey.sensors(in: climate())
    #expect(found.map { $0.options.map(\.value) } == [["sht3x"], ["sht3x", "temp2"], ["sht3x", "humidity3"]])
    func means(_ index: Int, _ options: [String: String]) -> Bool {
      found[index].isMeant(by: DriverOptions(options.mapValues { .text($0) }))
    }
    #expect(means(0, ["name": "sht3x"]))
    #expect(means(0, ["name": "sht3x", "input": "temp1"]))
    #expect(!means(0, ["name": "sht3x", "input": "temp2"]))
    #expect(means(1, ["name": "sht3x", "input": "temp2"]))
    #expect(!means(0, ["name": "sht3x", "label": "x"]))
    #expect(!means(1, ["name": "sht3x"]))
  }

  @Test("A label that is not there is an error that lists the labels")
  func unknownLabel() throws {
    var sensor = try sensor("hwmon", on: labelled(), ["name": .text("nvme"), "label": .text("Sensor 2")])
    #expect(
      try notFoundFailure { try sensor.start() }
        == "no input of nvme is labelled Sensor 2; there are Composite (temp1), Sensor 1 (temp2)")
  }

  @Test("A label on another input than the one named is an error")
  func labelAndInputDisagree() throws {
    var sensor = try sensor(
      "hwmon", on: labelled(), ["name": .text("nvme"), "label": .text("Sensor 1"), "input": .text("temp1")])
    _ = try notFoundFailure { try sensor.start() }
  }

  @Test("A fault flag of hwmon is an error at the start", arguments: [("1\n", true), ("0\n", false), ("", false)])
  func faultFlag(_ text: String, _ isFault: Bool) throws {
    let sysfs = twoAlike()
    sysfs.set("/sys/class/hwmon/hwmon1/temp1_fault", text: text)
    var sensor = try sensor("hwmon", on: sysfs, ["name": .text("lm75"), "device": .text("1-0048")])
    if isFault {
      let what = try malformedFailure { try sensor.start() }
      #expect(what.contains("temp1_fault"))
    } else {
      try sensor.start()
    }
  }

  @Test("A fault flag of hwmon that is set while it runs is an error, until it is not")
  func faultFlagLater() throws {
    let sysfs = twoAlike()
    let flag = "/sys/class/hwmon/hwmon1/temp1_fault"
    sysfs.set(flag, text: "0\n")
    var sensor = try sensor("hwmon", on: sysfs, ["name": .text("lm75"), "device": .text("1-0048")])
    try sensor.start()
    _ = try sensor.sample()
    sysfs.set(flag, text: "1\n")
    #expect(try malformedFailure { try sensor.sample() }.contains("temp1_fault is 1"))
    sysfs.fail(flag)
    _ = try busFailure { try sensor.sample() }
    sysfs.set(flag, text: "0\n")
    _ = try sensor.sample()
  }

  @Test(
    "A humidity with a fault, and an input that is switched off, are errors in words, at the start and while it runs",
    arguments: [
      ("humidity1_fault", "1\n", "0\n", "is open or shorted"), ("temp1_enable", "0\n", "1\n", "is switched off"),
      ("humidity1_enable", "0\n", "1\n", "is switched off"),
    ])
  func flags(_ attribute: String, _ bad: String, _ good: String, _ words: String) throws {
    let (sysfs, flag) = (climate(), "/sys/class/hwmon/hwmon0/\(attribute)")
    sysfs.set(flag, text: bad)
    var sensor = try sensor("hwmon", on: sysfs, ["name": .text("sht3x")])
    #expect(try malformedFailure { try sensor.start() }.contains(words))
    sysfs.set(flag, text: good)
    try sensor.start()
    #expect(try sensor.sample().quantities.count == 2)
    sysfs.set(flag, text: bad)
    let what = try malformedFailure { try sensor.sample() }
    #expect(what.hasPrefix("\(flag) is \(bad.prefix(1)): "), "\(what)")
    #expect(what.contains(words), "\(what)")
    sysfs.set(flag, text: good)
    _ = try sensor.sample()
  }

  @Test("What is wrong with another input is none of this one's business")
  func otherFlags() throws {
    let sysfs = climate()
    for flag in ["temp2_fault", "humidity3_fault"] { sysfs.set("/sys/class/hwmon/hwmon0/\(flag)", text: "1\n") }
    sysfs.set("/sys/class/hwmon/hwmon0/temp2_enable", text: "0\n")
    var sensor = try sensor("hwmon", on: sysfs, ["name": .text("sht3x")])
    try sensor.start()
    #expect(try sensor.sample().quantities.count == 2)
  }

  @Test("Two thermal zones of one type are an error that lists both")
  func zones() throws {
    let sysfs = SimulatedSysfs()
    for zone in 0...2 {
      sysfs.set("/sys/class/thermal/thermal_zone\(zone)/type", text: zone == 0 ? "cpu-thermal\n" : "gpu-thermal\n")
      sysfs.set("/sys/class/thermal/thermal_zone\(zone)/temp", text: "48312\n")
    }
    var gpu = try sensor("thermal", on: sysfs, ["zone": .text("gpu-thermal")])
    let text = try notFoundFailure { try gpu.start() }
    #expect(text.contains("thermal_zone1"))
    #expect(text.contains("thermal_zone2"))
    #expect(!text.contains("thermal_zone0"))
    var cpu = try sensor("thermal", on: sysfs, ["zone": .text("cpu-thermal")])
    try cpu.start()
    #expect(try cpu.sample() == .celsius(micros: 48_312_000))
  }

  @Test("A 1-Wire sensor that is not there is an error that lists what is")
  func oneWire() throws {
    let sysfs = SimulatedSysfs()
    sysfs.set("/sys/bus/w1/devices/28-0316a2795e3c/temperature", text: "21437\n")
    sysfs.set("/sys/bus/w1/devices/w1_bus_master1/w1_master_name", text: "w1_bus_master1\n")
    var absent = try sensor("ds18b20", on: sysfs, ["device": .text("28-000000000001")])
    #expect(
      try notFoundFailure { try absent.start() }
        == "28-000000000001 is not on the 1-Wire bus; there are 28-0316a2795e3c")
  }
}
