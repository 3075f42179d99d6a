import Simulation
import Telemetry
import Testing

@testable import Drivers

@Suite("A number in a file")
struct FileSourceTests {
  private func read(_ text: String, _ options: [String: String] = [:]) throws -> Int64 {
    let sysfs = SimulatedSysfs()
    sysfs.set("/run/t", text: text)
    var values: [String: DriverOptions.Value] = options.mapValues { .text($0) }
    values["path"] = .text("/run/t")
    var sensor = try sensor("file", on: sysfs, values)
    try sensor.start()
    return try #require(try sensor.sample().quantities.first).micros
  }

  @Test(
    "(number + offset) x scale is degrees; without a scale thousandths",
    arguments: [
      ("21500\n", nil, nil, 21_500_000), ("-10250", nil, nil, -10_250_000), ("0", nil, nil, 0),
      ("21.5", "1", nil, 21_500_000),
      ("294.65", "1", "-273.15", 21_500_000), ("1024", "0.0625", nil, 64_000_000), ("512", "-0.1", "-100", -41_200_000),
      ("1", "0.000001", nil, 1_000),
    ] as [(String, String?, String?, Int64)])
  func values(_ text: String, _ scale: String?, _ offset: String?, _ micros: Int64) throws {
    var options: [String: String] = [:]
    options["scale"] = scale
    options["offset"] = offset
    // A step below a thousandth of a degree is rounded away.
    #expect(abs(try read(text, options) - micros) < 1_000 + (scale == "0.000001" ? 1 : 0))
  }

  @Test(
    "What is no number, or no temperature, is a fault",
    arguments: ["", "x", "21.5 C", "nan", "99999999999999999999", "3000000", "-300000"])
  func refused(_ text: String) { #expect(throws: SensorError.self) { try read(text) } }

  @Test("A file that is not there is absent")
  func absent() throws {
    var sensor = try sensor("file", on: SimulatedSysfs(), ["path": .text("/run/t")])
    #expect(try busFailure { try sensor.start() }.kind == .absent)
  }
}
