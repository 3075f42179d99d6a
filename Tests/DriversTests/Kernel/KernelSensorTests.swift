import Drivers
import Glibc
import Simulation
import Telemetry
import Testing

/// The common ground of hwmon, IIO, thermal zones and 1-Wire: one attribute with a number in it.
@Suite("Kernel sensors: one attribute")
struct KernelSensorTests {
  struct Source: CustomTestStringConvertible, Sendable {
    let driver: String
    let options: [String: DriverOptions.Value]
    let path: String
    /// Everything around the attribute.
    let prepare: @Sendable (SimulatedSysfs) -> Void
    var testDescription: String { driver }

    func make(_ sysfs: SimulatedSysfs) throws -> any Sensor {
      prepare(sysfs)
      return try sensor(driver, on: sysfs, options)
    }
  }

  static let sources = [
    Source(
      driver: "hwmon", options: ["name": .text("tmp105")], path: "/sys/class/hwmon/hwmon3/temp1_input",
      prepare: {
        $0.set("/sys/class/hwmon/hwmon3/name", text: "tmp105\n")
        $0.set("/sys/class/hwmon/hwmon0/name", text: "cpu_thermal\n")
      }),
    Source(
      driver: "iio", options: ["name": .text("tmp117")], path: "/sys/bus/iio/devices/iio:device1/in_temp_input",
      prepare: {
        $0.set("/sys/bus/iio/devices/iio:device1/name", text: "tmp117\n")
        $0.set("/sys/bus/iio/devices/iio:device0/name", text: "ads1015\n")
      }),
    Source(
      driver: "thermal", options: ["zone": .text("cpu-thermal")], path: "/sys/class/thermal/thermal_zone0/temp",
      prepare: {
        $0.set("/sys/class/thermal/thermal_zone0/type", text: "cpu-thermal\n")
        $0.set("/sys/class/thermal/cooling_device0/type", text: "cpu-thermal\n")
      }),
    Source(
      driver: "ds18b20", options: ["device": .text("28-0316a2795e3c")],
      path: "/sys/bus/w1/devices/28-0316a2795e3c/temperature",
      prepare: {
        $0.set("/sys/bus/w1/devices/28-0316a2795e3c/w1_slave", text: "not read when there is temperature\n")
        $0.set("/sys/bus/w1/devices/w1_bus_master1/w1_master_slave_count", text: "1\n")
      }),
  ]

  @Test(
    "The value arrives with all its digits", arguments: sources,
    [
      ("21437\n", Int64(21_437_000)), ("-10062\n", -10_062_000), ("1\n", 1_000), ("-1\n", -1_000),
      ("99999", 99_999_000),
    ])
  func digits(_ source: Source, _ value: (text: String, micros: Int64)) throws {
    let sysfs = SimulatedSysfs()
    sysfs.set(source.path, text: value.text)
    var sensor = try source.make(sysfs)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: value.micros))
  }

  @Test("A sample is one open, of that attribute", arguments: sources)
  func oneOpen(_ source: Source) throws {
    let sysfs = SimulatedSysfs()
    sysfs.set(source.path, text: "21437\n")
    var sensor = try source.make(sysfs)
    try sensor.start()
    for _ in 1...3 {
      let before = sysfs.opened.count
      _ = try sensor.sample()
      #expect(Array(sysfs.opened.dropFirst(before)) == [source.path])
    }
  }

  @Test(
    "A failing read comes back with its errno", arguments: sources,
    [EIO, ENODATA, EAGAIN, EREMOTEIO, ENODEV, ETIMEDOUT])
  func readFails(_ source: Source, _ code: Int32) throws {
    let sysfs = SimulatedSysfs()
    sysfs.set(source.path, text: "21437\n")
    var sensor = try source.make(sysfs)
    try sensor.start()
    sysfs.fail(source.path, code: code)
    let error = try busFailure { try sensor.sample() }
    #expect(error.code == code)
    #expect(error.description.contains(source.path))
  }

  @Test(
    "Text that is no number is malformed and shown", arguments: sources,
    ["garbage\n", "21.437 C\n", "0x10\n", "21437\n21438\n", "\u{0}\u{0}", "99999999999999999999\n"])
  func garbage(_ source: Source, _ text: String) throws {
    let sysfs = SimulatedSysfs()
    sysfs.set(source.path, text: text)
    var sensor = try source.make(sysfs)
    try sensor.start()
    guard case .malformed(let what, let bytes) = failure({ try sensor.sample() }) else {
      Issue.record("taken for a number")
      return
    }
    #expect(bytes == Array(text.utf8))
    #expect(what.contains(source.path))
  }

  @Test("An empty attribute is malformed", arguments: sources)
  func empty(_ source: Source) throws {
    let sysfs = SimulatedSysfs()
    sysfs.set(source.path, text: "")
    var sensor = try source.make(sysfs)
    try sensor.start()
    let what = try malformedFailure { try sensor.sample() }
    #expect(what.contains("empty"))
  }

  @Test(
    "A value that no such sensor has is out of range", arguments: sources,
    ["-274000\n", "2000000\n", "9223372036854775\n"])
  func outOfRange(_ source: Source, _ text: String) throws {
    let sysfs = SimulatedSysfs()
    sysfs.set(source.path, text: text)
    var sensor = try source.make(sysfs)
    try sensor.start()
    guard case .outOfRange = failure({ try sensor.sample() }) else {
      Issue.record("taken")
      return
    }
  }

  @Test("A number too large for any unit is malformed", arguments: sources)
  func tooLarge(_ source: Source) throws {
    let sysfs = SimulatedSysfs()
    sysfs.set(source.path, text: "9223372036854775807\n")
    var sensor = try source.make(sysfs)
    try sensor.start()
    guard case .malformed = failure({ try sensor.sample() }) else {
      Issue.record("taken")
      return
    }
  }

  @Test("A sensor that vanishes is a fault, and is found again at the next start", arguments: sources)
  func vanishes(_ source: Source) throws {
    let sysfs = SimulatedSysfs()
    sysfs.set(source.path, text: "21437\n")
    var sensor = try source.make(sysfs)
    try sensor.start()
    sysfs.remove(source.path)
    let error = try busFailure { try sensor.sample() }
    #expect(error.kind == .absent)
    #expect(error.code == ENOENT)
    sysfs.set(source.path, text: "21438\n")
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_438_000))
  }

  @Test("Without the class directory the start fails", arguments: sources)
  func noDirectory(_ source: Source) throws {
    var sensor = try sensor(source.driver, on: SimulatedSysfs(), source.options)
    let error = try busFailure { try sensor.start() }
    #expect(error.kind == .absent)
  }

  @Test("A sample without a start is an error", arguments: sources)
  func notStarted(_ source: Source) throws {
    var sensor = try sensor(source.driver, on: SimulatedSysfs(), source.options)
    #expect(throws: SensorError.self) { try sensor.sample() }
  }
}
