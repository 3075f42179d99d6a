import Simulation
import Telemetry
import Testing

@testable import Drivers

@Suite("1-Wire thermometers")
struct OneWireTests {
  private static let path = "/sys/bus/w1/devices/28-0316a2795e3c"

  private func oneWire(_ attribute: String, _ text: String) throws -> (SimulatedSysfs, any Sensor) {
    let sysfs = SimulatedSysfs()
    sysfs.set("\(Self.path)/\(attribute)", text: text)
    return (sysfs, try sensor("ds18b20", on: sysfs, ["device": .text("28-0316a2795e3c")]))
  }

  private static func report(_ scratchpad: String, crc: String, verdict: String = "YES", t: String) -> String {
    "\(scratchpad) : crc=\(crc) \(verdict)\n\(scratchpad) t=\(t)\n"
  }

  private static let warm = "a3 01 4b 46 7f ff 0d 10 1c"

  @Test(
    "w1_slave is read where there is no temperature",
    arguments: [
      ("a3 01 4b 46 7f ff 0d 10 ce", "26187", Int64(26_187_000)), ("5e ff 4b 46 7f ff 02 10 2b", "-10125", -10_125_000),
      ("f8 ff 4b 46 7f ff 08 10 7f", "-500", -500_000),
    ])
  func scratchpad(_ bytes: String, _ text: String, _ micros: Int64) throws {
    var (sysfs, sensor) = try oneWire("w1_slave", Self.report(bytes, crc: String(bytes.suffix(2)), t: text))
    try sensor.start()
    let before = sysfs.opened.count
    #expect(try sensor.sample() == .celsius(micros: micros))
    #expect(Array(sysfs.opened.dropFirst(before)) == [Self.path + "/w1_slave"])
  }

  @Test("NO is a checksum error with both sums, whatever stands behind t=")
  func no() throws {
    var (_, sensor) = try oneWire("w1_slave", Self.report(Self.warm, crc: "5a", verdict: "NO", t: "26187"))
    try sensor.start()
    #expect(
      failure { try sensor.sample() }
        == .checksum(received: 0x1C, computed: 0x5A, bytes: [0xA3, 0x01, 0x4B, 0x46, 0x7F, 0xFF, 0x0D, 0x10]))
  }

  private static let malformedReports = [
    "", "\n", "YES\n", "garbage", "\(warm) : crc=1c YES\n", "\(warm) : crc=1c YES\n\(warm)\n",
    "\(warm) : crc=1c YES\n\(warm) t=\n", "\(warm) : crc=1c YES\n\(warm) t=warm\n",
    "a3 01 4b : crc=1c YES\na3 01 4b t=26187\n", "\(warm) : crc=1c MAYBE\n\(warm) t=26187\n",
    "\(warm) : crc=1c YES\n\(warm) t=26187\nmore\n", "\(warm) : crc=1c NO\n\(warm) t=26187\n",
    "zz 01 4b 46 7f ff 0d 10 1c : crc=1c YES\n\(warm) t=26187\n",
  ]

  @Test("A w1_slave that is not as the kernel writes it is malformed", arguments: malformedReports)
  func malformed(_ text: String) throws {
    var (_, sensor) = try oneWire("w1_slave", text)
    try sensor.start()
    guard case .malformed = failure({ try sensor.sample() }) else {
      Issue.record("taken: \(text)")
      return
    }
  }

  @Test("A scratchpad of zeros has a valid checksum and is a shorted line")
  func allZeros() throws {
    var (_, sensor) = try oneWire("w1_slave", Self.report("00 00 00 00 00 00 00 00 00", crc: "00", t: "0"))
    try sensor.start()
    let what = try malformedFailure { try sensor.sample() }
    #expect(what.contains("shorted"))
  }

  private static let powerOn = SensorError.powerOnValue(.temperature(Temperature(millicelsius: 85_000)))
  private static let powerOnReport = report("50 05 4b 46 7f ff 0c 10 1c", crc: "1c", t: "85000")

  @Test("85 °C without a scratchpad does not pass by a second try; a third that says the same is suspect")
  func powerOnAgain() throws {
    var (sysfs, sensor) = try oneWire("temperature", "85000\n")
    for _ in 1...2 {
      try sensor.start()
      #expect(failure { try sensor.sample() } == Self.powerOn)
    }
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 85_000_000, quality: .suspect))
    #expect(try sensor.sample() == .celsius(micros: 85_000_000, quality: .suspect))
    sysfs.set(Self.path + "/temperature", text: "21437\n")
    #expect(try sensor.sample() == .celsius(micros: 21_437_000))
  }

  @Test(
    "0x0C in byte 6 is no proof of a chip that was not seen at another temperature",
    arguments: ["temperature", "w1_slave"])
  func noProof(_ attribute: String) throws {
    var (sysfs, sensor) = try oneWire(attribute, "85000\n")
    sysfs.set(Self.path + "/w1_slave", text: Self.powerOnReport)
    for _ in 1...2 {
      try sensor.start()
      #expect(failure { try sensor.sample() } == Self.powerOn)
    }
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 85_000_000, quality: .suspect))
  }

  @Test("0x0C of a chip that has shown Maxim's sign at another temperature is never believed, however often it comes")
  func proof() throws {
    var (sysfs, sensor) = try oneWire("w1_slave", Self.report("57 01 4b 46 7f ff 09 10 c7", crc: "c7", t: "21437"))
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_437_000))
    sysfs.set(Self.path + "/w1_slave", text: Self.powerOnReport)
    for _ in 1...5 {
      #expect(failure { try sensor.sample() } == Self.powerOn)
      try sensor.start()
    }
  }

  @Test("After a refused 85 °C the scratchpad is looked at once, at another temperature, and then it is a proof")
  func proofLater() throws {
    var (sysfs, sensor) = try oneWire("temperature", "85000\n")
    sysfs.set(Self.path + "/w1_slave", text: Self.powerOnReport)
    try sensor.start()
    #expect(failure { try sensor.sample() } == Self.powerOn)
    sysfs.set(Self.path + "/temperature", text: "21437\n")
    sysfs.set(Self.path + "/w1_slave", text: Self.report("57 01 4b 46 7f ff 09 10 c7", crc: "c7", t: "21437"))
    #expect(try sensor.sample() == .celsius(micros: 21_437_000))
    let before = sysfs.opened.count
    #expect(try sensor.sample() == .celsius(micros: 21_437_000))
    #expect(sysfs.opened.count == before + 1)
    sysfs.set(Self.path + "/temperature", text: "85000\n")
    sysfs.set(Self.path + "/w1_slave", text: Self.powerOnReport)
    for _ in 1...5 { #expect(failure { try sensor.sample() } == Self.powerOn) }
  }

  @Test(
    "A true 85 °C beside a value that vouches for it is good, whatever byte 6 says, of every family and clone",
    arguments: [
      ("28", "4f 05 4b 46 7f ff 0c 10 b2", "50 05 4b 46 7f ff 0c 10 1c", "84937"),
      ("28", "4f 05 4b 46 7f ff 01 10 3b", "50 05 4b 46 7f ff 0c 10 1c", "84937"),
      ("22", "4f 05 55 00 7f ff 0c 10 8f", "50 05 55 00 7f ff 0c 10 21", "84937"),
      ("42", "4f 05 4b 46 7f ff 0c 10 b2", "50 05 4b 46 7f ff 0c 10 1c", "84937"),
      ("10", "a9 00 4b 46 ff ff 0d 10 86", "aa 00 4b 46 ff ff 0c 10 87", "84937"),
    ], ["temperature", "w1_slave"])
  func vouchedFor(_ story: (family: String, near: String, at: String, milli: String), _ attribute: String) throws {
    let (sysfs, device) = (SimulatedSysfs(), "\(story.family)-0316a2795e3c")
    let path = "/sys/bus/w1/devices/\(device)"
    func show(_ scratchpad: String, _ milli: String) {
      if attribute == "temperature" { sysfs.set(path + "/temperature", text: milli + "\n") }
      sysfs.set(path + "/w1_slave", text: Self.report(scratchpad, crc: String(scratchpad.suffix(2)), t: milli))
    }
    show(story.near, story.milli)
    var sensor = try sensor("ds18b20", on: sysfs, ["device": .text(device)])
    try sensor.start()
    #expect(try sensor.sample().quality == .good)
    show(story.at, "85000")
    for _ in 1...3 { #expect(try sensor.sample() == .celsius(micros: 85_000_000)) }
  }

  @Test("No DS18S20 can prove a power-on by its counter: after two refusals 85 °C is suspect, whatever was seen before")
  func ds18s20() throws {
    let (sysfs, path) = (SimulatedSysfs(), "/sys/bus/w1/devices/10-000802b4b9ff")
    sysfs.set(path + "/w1_slave", text: Self.report("2b 00 4b 46 ff ff 08 10 6d", crc: "6d", t: "21250"))
    var sensor = try sensor("ds18b20", on: sysfs, ["device": .text("10-000802b4b9ff")])
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_250_000))
    sysfs.set(path + "/w1_slave", text: Self.report("aa 00 4b 46 ff ff 0c 10 87", crc: "87", t: "85000"))
    for _ in 1...2 { #expect(failure { try sensor.sample() } == Self.powerOn) }
    for _ in 1...3 { #expect(try sensor.sample() == .celsius(micros: 85_000_000, quality: .suspect)) }
  }

  @Test(
    "0 °C with something in the scratchpad is good from the first value on; nobody asks again beside it",
    arguments: ["00 00 4b 46 7f ff 10 10 69", "00 00 4b 46 7f ff 0c 10 c8"], ["temperature", "w1_slave"])
  func frost(_ scratchpad: String, _ attribute: String) throws {
    var (sysfs, sensor) = try oneWire(attribute, "0\n")
    sysfs.set(Self.path + "/w1_slave", text: Self.report(scratchpad, crc: String(scratchpad.suffix(2)), t: "0"))
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 0))
    let before = sysfs.opened.count
    #expect(try sensor.sample() == .celsius(micros: 0))
    #expect(sysfs.opened.count == before + 1)
  }

  @Test("0 °C of a shorted line is a fault also where `temperature` shows it")
  func shorted() throws {
    var (sysfs, sensor) = try oneWire("temperature", "0\n")
    sysfs.set(Self.path + "/w1_slave", text: Self.report("00 00 00 00 00 00 00 00 00", crc: "00", t: "0"))
    try sensor.start()
    #expect(try malformedFailure { try sensor.sample() }.contains("shorted"))
  }

  @Test("0 °C that the kernel shows for a DS18S20 whose counter has no scale is a fault")
  func noScale() throws {
    let (sysfs, path) = (SimulatedSysfs(), "/sys/bus/w1/devices/10-000802b4b9ff")
    sysfs.set(path + "/w1_slave", text: Self.report("00 00 4b 46 ff ff 0c 00 8c", crc: "8c", t: "0"))
    var sensor = try sensor("ds18b20", on: sysfs, ["device": .text("10-000802b4b9ff")])
    try sensor.start()
    #expect(try malformedFailure { try sensor.sample() }.contains("byte 7"))
  }

  @Test("The scratchpad says that 85 °C was measured, or something else: that is taken")
  func measured() throws {
    var (sysfs, sensor) = try oneWire("temperature", "85000\n")
    try sensor.start()
    sysfs.set(Self.path + "/w1_slave", text: Self.report("57 01 4b 46 7f ff 09 10 c7", crc: "c7", t: "21437"))
    #expect(try sensor.sample() == .celsius(micros: 21_437_000))
    // No chip powers up with 0x10 there: it is what a conversion leaves.
    sysfs.set(Self.path + "/w1_slave", text: Self.report("50 05 4b 46 7f ff 10 10 bd", crc: "bd", t: "85000"))
    #expect(try sensor.sample() == .celsius(micros: 85_000_000))
  }

  @Test("0x10 is a proof also out of the blue, of a chip that was seen before, and vouches for what follows")
  func measuredLater() throws {
    var (sysfs, sensor) = try oneWire("w1_slave", Self.report("57 01 4b 46 7f ff 09 10 c7", crc: "c7", t: "21437"))
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_437_000))
    sysfs.set(Self.path + "/w1_slave", text: Self.report("50 05 4b 46 7f ff 10 10 bd", crc: "bd", t: "85000"))
    for _ in 1...3 { #expect(try sensor.sample() == .celsius(micros: 85_000_000)) }
  }

  @Test("0x10 is no proof of a clone that has a byte of its own there, nor of another family that nobody has measured")
  func constantSixteen() throws {
    var clone = OneWireRules()
    // 21.437 °C with 0x10: the byte is the user's.
    clone.learn([0x57, 0x01, 0x4B, 0x46, 0x7F, 0xFF, 0x10, 0x10, 0])
    var relative = OneWireRules(family: "42")
    let scratchpad: [UInt8] = [0x50, 0x05, 0x4B, 0x46, 0x7F, 0xFF, 0x10, 0x10, 0xBD]
    for _ in 1...2 {
      #expect(failure { try clone.judge(Temperature(millicelsius: 85_000), scratchpad: scratchpad) } == Self.powerOn)
      #expect(failure { try relative.judge(Temperature(millicelsius: 85_000), scratchpad: scratchpad) } == Self.powerOn)
    }
    #expect(try clone.judge(Temperature(millicelsius: 85_000), scratchpad: scratchpad) == .suspect)
  }

  @Test("A scratchpad without the chip's own sign, or none that can be read, is no help", arguments: ["ff", "00", ""])
  func noSign(_ byte: String) throws {
    var (sysfs, sensor) = try oneWire("temperature", "85000\n")
    let bytes = "50 05 4b 46 7f ff \(byte) 10 2f"
    sysfs.set(Self.path + "/w1_slave", text: byte.isEmpty ? "" : Self.report(bytes, crc: "2f", t: "85000"))
    for _ in 1...2 {
      try sensor.start()
      #expect(failure { try sensor.sample() } == Self.powerOn)
    }
    #expect(try sensor.sample().quality == .suspect)
  }

  /// A row of temperatures in thousandths and what becomes of each: good, suspect, or a fault.
  struct Story: CustomTestStringConvertible {
    enum Verdict { case good, suspect, powerOn, outOfRange }
    let testDescription: String
    let steps: [(milli: Int64, verdict: Verdict)]
  }

  static let stories = [
    Story(testDescription: "a real rise through 85", steps: [(84_500, .good), (85_000, .good), (85_062, .good)]),
    Story(testDescription: "85 out of the blue", steps: [(21_437, .good), (85_000, .powerOn), (21_437, .good)]),
    Story(
      testDescription: "85 every second time",
      steps: [
        (21_437, .good), (85_000, .powerOn), (21_437, .good), (85_000, .powerOn),
      ]),
    Story(
      testDescription: "85 stays",
      steps: [(85_000, .powerOn), (85_000, .powerOn), (85_000, .suspect), (85_000, .suspect)]),
    Story(
      testDescription: "suspect 85 vouches for nothing",
      steps: [
        (20_000, .good), (85_000, .powerOn), (85_000, .powerOn), (85_000, .suspect), (20_000, .good),
        (85_000, .powerOn),
      ]),
    Story(
      testDescription: "84.937 and 85.062 are ordinary", steps: [(84_937, .good), (20_000, .good), (85_062, .good)]),
    Story(testDescription: "a real frost", steps: [(125, .good), (0, .good), (-62, .good), (-125, .good)]),
    Story(
      testDescription: "0 out of the blue, of which nobody shows the scratchpad",
      steps: [(21_437, .good), (0, .suspect), (0, .suspect), (21_437, .good)]),
    Story(testDescription: "0 as the first value", steps: [(0, .suspect), (62, .good), (0, .good)]),
    // All ones have no valid checksum: the kernel would not show them.
    Story(testDescription: "a sixteenth below zero", steps: [(21_437, .good), (-62, .good)]),
    Story(testDescription: "too little power", steps: [(21_437, .good), (127_937, .outOfRange), (21_437, .good)]),
    Story(
      testDescription: "both ends",
      steps: [
        (125_000, .good), (-55_000, .good), (125_001, .outOfRange), (-55_001, .outOfRange),
      ]),
    Story(
      testDescription: "five degrees away is close, more is not",
      steps: [
        (80_000, .good), (85_000, .good), (79_999, .good), (85_000, .powerOn),
      ]),
  ]

  @Test("What becomes of a suspicious value depends on what came before", arguments: stories)
  func rules(_ story: Story) throws {
    var rules = OneWireRules()
    for (index, step) in story.steps.enumerated() {
      let verdict: Story.Verdict
      do {
        verdict = try rules.judge(Temperature(millicelsius: step.milli)) == .good ? .good : .suspect
      } catch {
        switch error {
        case .powerOnValue: verdict = .powerOn
        case .outOfRange: verdict = .outOfRange
        default: throw error
        }
      }
      #expect(verdict == step.verdict, "step \(index): \(step.milli)")
    }
  }

  @Test(
    "Only thermometers may stand in the option",
    arguments: [
      ("28-0316a2795e3c", true), ("10-000801b5a7a6", true), ("3b-000000000001", true), ("42-000000000001", true),
      ("22-000000000001", true), ("01-000000000001", false), ("28-0316A2795E3C", false), ("28-0316a2795e3", false),
      ("28-0316a2795e3c0", false), ("28_0316a2795e3c", false), ("w1_bus_master1", false), ("28-0316a2795e3c-", false),
    ])
  func option(_ text: String, _ isAccepted: Bool) throws {
    let chip = try #require(Catalog.chip(named: "ds18b20"))
    guard case .pattern(_, let accepts) = chip.options[0].shape else {
      Issue.record("the option takes anything")
      return
    }
    #expect(accepts(text) == isAccepted)
  }
}
