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

  @Test(
    "A device without a temperature is not found",
    arguments: [["in_voltage0_raw": "1"], ["in_temp_raw": "1"], ["in_humidityrelative_input": "45000"]])
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
    #expect(what.contains("iio:device0 on 1-0040") && what.contains("iio:device1 on 3-0040"))
  }
}
