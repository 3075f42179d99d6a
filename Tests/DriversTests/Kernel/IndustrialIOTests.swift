import Drivers
import Simulation
import Telemetry
import Testing

@Suite("IIO")
struct IndustrialIOTests {
  /// A device behind a link, as the kernel has it.
  private func device(_ attributes: [String: String]) -> SimulatedSysfs {
    let sysfs = SimulatedSysfs()
    add(to: sysfs, 0, name: "hdc1080", parent: "1-0040", attributes)
    return sysfs
  }

  private func add(
    to sysfs: SimulatedSysfs, _ number: Int, name: String, parent: String, _ attributes: [String: String]
  ) {
    let path = "/sys/devices/platform/i2c-1/\(parent)/iio:device\(number)"
    sysfs.link("/sys/bus/iio/devices/iio:device\(number)", to: path)
    sysfs.set(path + "/name", text: name + "\n")
    for (attribute, text) in attributes { sysfs.set("\(path)/\(attribute)", text: text + "\n") }
  }

  private let hdc1080 = [
    "in_temp_raw": "26214", "in_temp_offset": "-15887.515151", "in_temp_scale": "2.517700195",
    "in_humidityrelative_raw": "32768", "in_humidityrelative_scale": "1.525878906",
  ]

  private func sample(_ sysfs: SimulatedSysfs, _ options: [String: DriverOptions.Value] = [:]) throws -> Sample {
    var sensor = try sensor("iio", on: sysfs, options.merging(["name": .text("hdc1080")]) { first, _ in first })
    try sensor.start()
    return try sensor.sample()
  }

  @Test("Raw, offset and scale of both quantities")
  func rawValues() throws {
    #expect(
      try sample(device(hdc1080))
        == Sample([
          .temperature(Temperature(microcelsius: 25_998_993)),
          .humidity(RelativeHumidity(micropercent: 50_000_000)),
        ]))
  }

  @Test("Offset and scale are read once; a sample is one open for each quantity")
  func opens() throws {
    let sysfs = device(hdc1080)
    var sensor = try sensor("iio", on: sysfs, ["name": .text("hdc1080")])
    try sensor.start()
    let before = sysfs.opened.count
    _ = try sensor.sample()
    #expect(
      sysfs.opened.dropFirst(before).map { $0.split(separator: "/").last } == [
        "in_temp_raw", "in_humidityrelative_raw",
      ])
  }

  @Test("A value that is already in thousandths is preferred")
  func inputValue() throws {
    let attributes = ["in_temp_input": "21437", "in_temp_raw": "1", "in_temp_scale": "1"]
    #expect(try sample(device(attributes)) == .celsius(micros: 21_437_000))
  }

  @Test("No offset is an offset of zero")
  func noOffset() throws {
    #expect(try sample(device(["in_temp_raw": "-164", "in_temp_scale": "62.5"])) == .celsius(micros: -10_250_000))
  }

  @Test("A device without a temperature gives what it has")
  func others() throws {
    #expect(
      try sample(device(["in_humidityrelative_input": "45000", "in_pressure_input": "100.5"]))
        == Sample([
          .humidity(RelativeHumidity(millipercent: 45_000)), .pressure(Pressure(microhectopascal: 1_005_000_000)),
        ]))
  }

  @Test("Pressure is in kPa, and goes with the temperature, with all its digits")
  func pressure() throws {
    let attributes = ["in_temp_input": "21480", "in_pressure_input": "101.325207031"]
    #expect(
      try sample(device(attributes))
        == Sample([
          .temperature(Temperature(millicelsius: 21_480)), .pressure(Pressure(microhectopascal: 1_013_252_070)),
        ]))
    let raw = ["in_temp_input": "21480", "in_pressure_raw": "4150000", "in_pressure_scale": "0.000024414"]
    #expect(try sample(device(raw)).quantities[1].micros == 1_013_181_000)
  }

  @Test(
    "One of several temperatures is the one that is named, in each way to write it",
    arguments: [
      ("object", 27_090_000), ("temp_object", 27_090_000), ("in_temp_object", 27_090_000), ("ambient", 23_090_000),
    ] as [(String, Int64)])
  func named(_ channel: String, _ micros: Int64) throws {
    #expect(try sample(device(mlx90614), ["channel": .text(channel)]) == .celsius(micros: micros))
  }

  private let mlx90614 = [
    "in_temp_object_raw": "15012", "in_temp_object_scale": "20", "in_temp_object_offset": "-13657.500000",
    "in_temp_ambient_raw": "14812", "in_temp_scale": "20", "in_temp_offset": "-13657.500000",
  ]

  @Test("Several temperatures of which none is named are a fault that lists them, and so is one that is not there")
  func whichOne() throws {
    #expect(
      try notFoundFailure { try sample(device(mlx90614)) }
        == "hdc1080 (iio:device0) has several temperatures: object, ambient; say which with `channel`")
    let what = try notFoundFailure { try sample(device(mlx90614), ["channel": .text("sky")]) }
    #expect(what.contains("no channel sky; there are object, ambient"))
  }

  @Test("A numbered temperature that is alone is the one; of several the number or the label says it")
  func numbered() throws {
    let one = ["in_temp0_raw": "21500", "in_temp0_scale": "0.976562500", "in_humidityrelative_input": "45000"]
    #expect(try sample(device(one)).quantities.map(\.micros) == [20_996_094, 45_000_000])
    let two = ["in_temp2_input": "21000", "in_temp10_input": "22000", "in_temp10_label": "brine"]
    for (channel, micros) in [("2", 21_000_000), ("temp2", 21_000_000), ("10", 22_000_000), ("brine", 22_000_000)] {
      #expect(try sample(device(two), ["channel": .text(channel)]) == .celsius(micros: Int64(micros)))
    }
    #expect(try notFoundFailure { try sample(device(two)) }.contains("2, 10 (brine)"))
    let beside = two.merging(["in_temp_input": "23000"]) { first, _ in first }
    #expect(try sample(device(beside)) == .celsius(micros: 23_000_000))
  }

  @Test("A channel may have a number and a name, and is called by both, or by the name where that is one channel's")
  func numberedAndNamed() throws {
    let melexis = [
      "in_temp0_object_input": "27090", "in_temp0_ambient_raw": "23090", "in_temp0_ambient_scale": "1",
      "in_temp1_ambient_raw": "24090", "in_temp_scale": "1", "in_temp0_peak_raw": "99",
    ]
    for (channel, micros) in [
      ("0_object", 27_090_000), ("object", 27_090_000), ("in_temp0_object", 27_090_000), ("0_ambient", 23_090_000),
      ("temp1_ambient", 24_090_000),
    ] {
      #expect(try sample(device(melexis), ["channel": .text(channel)]) == .celsius(micros: Int64(micros)))
    }
    let what = try notFoundFailure { try sample(device(melexis), ["channel": .text("ambient")]) }
    #expect(what.contains("2 channels called ambient: 0_ambient, 1_ambient"), "\(what)")
    #expect(try notFoundFailure { try sample(device(melexis)) }.contains("0_object, 0_ambient, 1_ambient"))
    let both = melexis.merging(["in_temp_ambient_input": "25090"]) { first, _ in first }
    #expect(try sample(device(both), ["channel": .text("ambient")]) == .celsius(micros: 25_090_000))
    #expect(try sample(device(["in_temp0_object_input": "27090"])) == .celsius(micros: 27_090_000))
  }

  @Test("scan names each temperature of a device, as its driver takes it")
  func survey() throws {
    for (attributes, options) in [
      (mlx90614, ["object", "ambient"]), (["in_temp0_input": "1"], [nil]), (["in_pressure_input": "100"], [nil]),
      (["in_temp_input": "1", "in_temp1_input": "2"], [nil, "1"]), (["in_voltage0_raw": "1"], []),
    ] as [([String: String], [String?])] {
      let found = KernelSurvey.sensors(in: device(attributes))
      #expect(found.map { $0.options.first { $0.name == "channel" }?.value } == options)
      for one in found {
        let values = one.options.map { ($0.name, DriverOptions.Value.text($0.value)) }
        _ = try sample(device(attributes), Dictionary(uniqueKeysWithValues: values))
      }
    }
  }

  @Test(
    "A device without anything that can be read is not found",
    arguments: [["in_voltage0_raw": "1"], ["in_temp_raw": "1"], ["in_humidityrelative_raw": "45000"]])
  func noTemperature(_ attributes: [String: String]) throws {
    let sysfs = device(attributes)
    let what = try notFoundFailure { try sample(sysfs) }
    #expect(what.contains("in_temp_input"))
  }

  @Test("A scale or offset that is no number is malformed", arguments: ["in_temp_scale", "in_temp_offset"])
  func badScale(_ attribute: String) throws {
    let sysfs = device(hdc1080.merging([attribute: "much"]) { $1 })
    let what = try malformedFailure { try sample(sysfs) }
    #expect(what.contains(attribute))
  }

  @Test("Humidity a little beyond its ends is cropped", arguments: [("100500", Int64(100_000_000)), ("-300", 0)])
  func cropped(_ text: String, _ micros: Int64) throws {
    let sysfs = device(["in_temp_input": "21437", "in_humidityrelative_input": text])
    #expect(try sample(sysfs).quantities[1].micros == micros)
  }

  @Test("Humidity far beyond its ends is out of range", arguments: ["121000", "-21000"])
  func humidityOutOfRange(_ text: String) throws {
    let sysfs = device(["in_temp_input": "21437", "in_humidityrelative_input": text])
    guard case .outOfRange = failure({ try sample(sysfs) }) else {
      Issue.record("taken")
      return
    }
  }

  @Test("A humidity that cannot be read spoils the whole sample")
  func humidityFails() throws {
    let sysfs = device(hdc1080)
    var sensor = try sensor("iio", on: sysfs, ["name": .text("hdc1080")])
    try sensor.start()
    sysfs.fail("/sys/devices/platform/i2c-1/1-0040/iio:device0/in_humidityrelative_raw")
    _ = try busFailure { try sensor.sample() }
  }

  @Test("Of two with one name the device decides, and without it both are listed")
  func twoAlike() throws {
    let sysfs = device(["in_temp_input": "21437"])
    add(to: sysfs, 1, name: "hdc1080", parent: "3-0040", ["in_temp_input": "-10062"])
    #expect(try sample(sysfs, ["device": .text("3-0040")]) == .celsius(micros: -10_062_000))
    let what = try notFoundFailure { try sample(sysfs) }
    #expect(what.contains("iio:device0 on 1-0040"))
    #expect(what.contains("iio:device1 on 3-0040"))
  }
}
