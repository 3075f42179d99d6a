import Simulation
import Telemetry
import Testing

@testable import Drivers

@Suite("MAX31850")
struct MAX31850Tests {
  private static let path = "/sys/bus/w1/devices/3b-0316a2795e3c/w1_slave"

  private func oneWire(_ driver: String, _ scratchpad: String, t: String = "0", channel: String? = nil) throws
    -> any Sensor
  {
    let sysfs = SimulatedSysfs()
    sysfs.set(Self.path, text: "\(scratchpad) : crc=\(scratchpad.suffix(2)) YES\n\(scratchpad) t=\(t)\n")
    var options: [String: DriverOptions.Value] = ["device": .text("3b-0316a2795e3c")]
    options["channel"] = channel.map { .text($0) }
    return try sensor(driver, on: sysfs, options)
  }

  @Test(
    "The thermocouple in quarters of a degree, the chip in sixteenths, whatever the kernel makes of them",
    arguments: [
      ("90 01 40 19 f0 ff ff ff 16", 25_000_000, 25_250_000), ("60 fe 00 f6 f3 ff ff ff 7f", -26_000_000, -10_000_000),
      ("98 54 00 1f f1 ff ff ff af", 1_353_500_000, 31_000_000),
    ] as [(String, Int64, Int64)])
  func values(_ scratchpad: String, _ hot: Int64, _ cold: Int64) throws {
    for (channel, micros) in [(nil, hot), ("thermocouple", hot), ("internal", cold)] {
      var sensor = try oneWire("max31850", scratchpad, t: "-42", channel: channel)
      try sensor.start()
      #expect(try sensor.sample() == .celsius(micros: micros))
    }
  }

  @Test("An open thermocouple is a fault, and the chip's own temperature is right all the same")
  func open() throws {
    var sensor = try oneWire("max31850", "91 01 41 19 f0 ff ff ff 62")
    try sensor.start()
    #expect(try malformedFailure { try sensor.sample() } == "the thermocouple is open")
    var cold = try oneWire("max31850", "91 01 41 19 f0 ff ff ff 62", channel: "internal")
    try cold.start()
    #expect(try cold.sample() == .celsius(micros: 25_250_000))
  }

  @Test("It shares its family with the DS1825, and each driver names the other chip")
  func siblings() throws {
    var thermometer = try oneWire("max31850", "90 01 4b 46 7f ff 10 10 92", t: "25000")
    #expect("\(try #require(failure { try thermometer.start() }))".contains("write `driver: ds18b20`"))
    var thermocouple = try oneWire("ds18b20", "90 01 40 19 f0 ff ff ff 16", t: "25000")
    #expect("\(try #require(failure { try thermocouple.start() }))".contains("write `driver: max31850`"))
  }

  @Test("scan tells the two apart, and names both temperatures")
  func survey() {
    let sysfs = SimulatedSysfs()
    for (device, scratchpad) in [
      ("3b-0316a2795e3c", "90 01 40 19 f0 ff ff ff 16"), ("3b-000000000001", "90 01 4b 46 7f ff 10 10 92"),
    ] {
      sysfs.set(
        "/sys/bus/w1/devices/\(device)/w1_slave",
        text: "\(scratchpad) : crc=\(scratchpad.suffix(2)) YES\n\(scratchpad) t=25000\n")
    }
    let found = KernelSurvey.sensors(in: sysfs)
    #expect(found.map(\.driver) == ["ds18b20", "max31850", "max31850"])
    #expect(found.map { $0.options.last?.value } == ["3b-000000000001", "3b-0316a2795e3c", "internal"])
  }

  @Test("Both of its temperatures can be sensors on a simulated board")
  func shared() throws {
    let wirings = [("thermocouple", 400_000_000 as Int64), ("internal", 25_000_000)].map { channel, micros in
      var wiring = SimulatedBoard.Wiring(
        sensor: channel, driver: "max31850", place: .sysfs,
        options: DriverOptions(["device": .text("3b-0316a2795e3c"), "channel": .text(channel)]))
      wiring.temperature = .constant(micros)
      return wiring
    }
    let sysfs = SimulatedBoard(wirings, time: ManualTime().source).sysfs()
    for (wiring, micros) in zip(wirings, [400_000_000, 25_000_000] as [Int64]) {
      var sensor = try sensor("max31850", on: sysfs, wiring.options.values)
      try sensor.start()
      #expect(try sensor.sample() == .celsius(micros: micros))
    }
  }
}
