import Drivers
import Telemetry
import Testing

@testable import Simulation

/// A sensor as a station reads it: set up again after every fault.
private struct Reader {
  var sensor: any Sensor
  private var isStarted = false

  init(_ sensor: any Sensor) { self.sensor = sensor }

  mutating func read() -> Result<Sample, SensorError> {
    do throws(SensorError) {
      if !isStarted { try sensor.start() }
      isStarted = true
      return .success(try sensor.sample())
    } catch {
      isStarted = false
      return .failure(error)
    }
  }
}

/// Every driver of the catalog, with every fault that a scenario can have for it.
@Suite("Scripted faults")
struct ScriptedFaultTests {
  typealias Kind = ScriptedFault.Kind

  private static let begin = ManualTime().now + .seconds(100)
  private static let length = Duration.seconds(60)

  private static let gpioDrivers = ["dht11", "dht22", "tmp05"]
  private static let sysfsDrivers = CatalogTests.drivers.filter {
    !CatalogTests.i2cDrivers.contains($0) && !gpioDrivers.contains($0) && $0 != "contact"
  }
  private static let wired = CatalogTests.i2cDrivers + sysfsDrivers
  private static let checked: Set = [
    "sht3x", "sht4x", "sht2x", "htu21d", "si70xx", "shtc1", "shtc3", "aht20", "hdc302x", "mlx90614",
  ]
  /// They measure when they are told to. The others go on by themselves: slower, their values are only older.
  private static let measuringOnDemand = CatalogTests.i2cDrivers.filter { driver in
    ["sht", "htu", "si70", "aht", "hdc", "bm", "ads"].contains { driver.hasPrefix($0) }
  }

  private func rig(_ driver: String, _ kind: Kind, for length: Duration = length) throws -> Rig {
    try Rig(driver, faults: [ScriptedFault(kind, at: Self.begin, for: length)])
  }

  private func isTruth(_ sample: Sample, of rig: Rig) -> Bool {
    sample.quality == .good && sample.quantities.map(\.kind) == rig.chip.measures
      && sample.quantities.allSatisfy(Rig.isTruth)
  }

  /// Truth before, a fault that `isRight` each time meanwhile, and truth again soon after.
  private func story(_ driver: String, _ kind: Kind, _ isRight: (SensorError) -> Bool) throws {
    let rig = try rig(driver, kind)
    var reader = Reader(try rig.sensor())
    for _ in 1...3 {
      #expect(isTruth(try reader.read().get(), of: rig), "before")
      rig.time.advance(by: .seconds(10))
    }
    rig.time.advance(by: Self.begin - rig.time.now)
    var faults = 0
    while rig.time.now < Self.begin + Self.length {
      let result = reader.read()
      guard rig.time.now < Self.begin + Self.length else { break }
      guard case .failure(let error) = result else {
        Issue.record("\(driver) was read all the same: \(result)")
        return
      }
      #expect(isRight(error), "\(error)")
      faults += 1
      rig.time.advance(by: .seconds(1))
    }
    #expect(faults >= 3)
    try recovers(&reader, rig)
  }

  /// Two more faults at most, no rubbish, and then truth.
  private func recovers(_ reader: inout Reader, _ rig: Rig) throws {
    var readings = 0
    for attempt in 1...6 {
      rig.time.advance(by: .seconds(10))
      switch reader.read() {
      case .success(let sample):
        #expect(isTruth(sample, of: rig), "rubbish: \(sample)")
        readings += 1
      case .failure(let error): #expect(attempt <= 2, "\(error)")
      }
    }
    #expect(readings >= 4)
  }

  @Test("Not acknowledged", arguments: CatalogTests.i2cDrivers + sysfsDrivers)
  func noAcknowledge(_ driver: String) throws {
    try story(driver, .noAcknowledge) { if case .bus(let error) = $0 { error.kind == .noAcknowledge } else { false } }
  }

  @Test("A line held low: each try takes as long as the adapter waits", arguments: wired)
  func stuck(_ driver: String) throws {
    try story(driver, .stuck) { if case .bus(let error) = $0 { error.kind == .timeout } else { false } }
    let rig = try rig(driver, .stuck)
    rig.time.advance(by: Self.begin - rig.time.now)
    var reader = Reader(try rig.sensor())
    _ = reader.read()
    #expect(rig.time.now - Self.begin >= .seconds(1))
  }

  @Test("Garbled: a wrong checksum where there is one", arguments: wired)
  func garbled(_ driver: String) throws {
    try story(driver, .garbled) { error in
      if case .checksum = error { return true }
      return !Self.checked.contains(driver)
    }
  }

  @Test("Unplugged, and back as after power-on", arguments: wired)
  func disconnected(_ driver: String) throws {
    try story(driver, .disconnected) { error in
      switch error {
      case .bus(let error): error.kind == .noAcknowledge || error.kind == .absent
      case .notFound: true
      default: false
      }
    }
  }

  @Test("Unplugged between two samples, so that nobody sees it", arguments: wired)
  func unseen(_ driver: String) throws {
    let rig = try rig(driver, .disconnected, for: .milliseconds(100))
    var reader = Reader(try rig.sensor())
    #expect(isTruth(try reader.read().get(), of: rig))
    rig.time.advance(by: Self.begin + .milliseconds(100) - rig.time.now)
    if case .success(let sample) = reader.read() { #expect(isTruth(sample, of: rig), "rubbish: \(sample)") }
    try recovers(&reader, rig)
  }

  @Test("A measurement that is never ready in time", arguments: measuringOnDemand)
  func slow(_ driver: String) throws {
    try story(driver, .slow(by: .seconds(5))) { error in
      switch error {
      case .notReady: true
      // Some do not even acknowledge a command while they work.
      case .bus(let error): error.kind == .noAcknowledge
      default: false
      }
    }
  }

  @Test("Chips that convert by themselves, and are slow at it, give no rubbish", arguments: wired)
  func late(_ driver: String) throws {
    let rig = try rig(driver, .slow(by: .milliseconds(800)))
    var reader = Reader(try rig.sensor())
    let wait: Duration = Self.begin - rig.time.now
    rig.time.advance(by: wait - .seconds(5))
    while rig.time.now < Self.begin + Self.length {
      if case .success(let sample) = reader.read() { #expect(isTruth(sample, of: rig), "rubbish: \(sample)") }
      rig.time.advance(by: .seconds(1))
    }
    try recovers(&reader, rig)
  }

  @Test("A measurement that is late by little is waited for", arguments: ["sht3x", "ds18b20"])
  func slightlyLate(_ driver: String) throws {
    let rig = try rig(driver, .slow(by: .milliseconds(2)))
    var reader = Reader(try rig.sensor())
    _ = try reader.read().get()
    rig.time.advance(by: Self.begin - rig.time.now)
    #expect(isTruth(try reader.read().get(), of: rig))
  }

  @Test("Silence on a line, and lost edges", arguments: gpioDrivers, [Kind.disconnected, .lostEdges])
  func edges(_ driver: String, _ kind: Kind) throws {
    try story(driver, kind) { error in
      switch error {
      case .malformed, .checksum: true
      default: false
      }
    }
  }

  @Test("A contact whose chip is gone")
  func contact() throws {
    try story("contact", .disconnected) { if case .bus(let error) = $0 { error.kind == .absent } else { false } }
  }

  @Test(
    "The 85 °C of a DS18B20 that comes back is no reading: another conversion is, or a fault", arguments: [true, false])
  func powerOn(_ hasScratchpad: Bool) throws {
    let rig = try rig("ds18b20", .disconnected, for: .seconds(1))
    let sysfs = rig.board.sysfs()
    if !hasScratchpad { sysfs.remove("/sys/bus/w1/devices/28-0316a2795e3c/w1_slave") }
    guard case .sysfs(_, let make) = rig.chip.attachment else { return }
    var reader = Reader(make(sysfs, rig.options))
    _ = try reader.read().get()
    rig.time.advance(by: Self.begin + .seconds(1) - rig.time.now)
    if !hasScratchpad {
      #expect(failure { try reader.read().get() } == .powerOnValue(.temperature(Temperature(millicelsius: 85_000))))
    }
    #expect(isTruth(try reader.read().get(), of: rig))
  }

  @Test("On older kernels a garbled scratchpad is shown with NO, which is a wrong checksum")
  func scratchpad() throws {
    let rig = try rig("ds18b20", .garbled)
    let sysfs = rig.board.sysfs()
    sysfs.remove("/sys/bus/w1/devices/28-0316a2795e3c/temperature")
    guard case .sysfs(_, let make) = rig.chip.attachment else { return }
    var reader = Reader(make(sysfs, rig.options))
    #expect(isTruth(try reader.read().get(), of: rig))
    rig.time.advance(by: Self.begin - rig.time.now)
    guard case .checksum = failure({ try reader.read().get() }) else {
      Issue.record("not a checksum")
      return
    }
    rig.time.advance(by: Self.length)
    #expect(isTruth(try reader.read().get(), of: rig))
  }

  /// The datasheet's power-on scratchpad, and the kernel's documentation's example.
  @Test("A scratchpad is as w1_therm shows it")
  func scratchpadText() {
    #expect(
      OneWireScratchpad.text(85 * 16, isPowerOn: true, isGarbled: false)
        == "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n")
  }

  // MARK: When

  private func kinds(_ faults: [ScriptedFault], at seconds: [Int64]) -> [Kind?] {
    seconds.map { second in
      FaultScript(faults: faults, power: nil, now: { Uptime(nanoseconds: second * 1_000_000_000) }).current
    }
  }

  @Test("From its beginning on, up to its end")
  func once() {
    let fault = ScriptedFault(.stuck, at: Uptime(nanoseconds: 3_000_000_000), for: .seconds(2))
    #expect(kinds([fault], at: [0, 2, 3, 4, 5, 100]) == [nil, nil, .stuck, .stuck, nil, nil])
  }

  @Test("Without an end it stays; with a period it comes again")
  func periods() {
    let start = Uptime(nanoseconds: 3_000_000_000)
    #expect(kinds([ScriptedFault(.stuck, at: start)], at: [2, 3, 1_000_000]) == [nil, .stuck, .stuck])
    let again = ScriptedFault(.stuck, at: start, for: .seconds(1), every: .seconds(10))
    #expect(kinds([again], at: [3, 4, 12, 13, 14, 1_003]) == [.stuck, nil, nil, .stuck, nil, .stuck])
  }

  @Test("Of two at the same time the first in the list counts")
  func overlap() {
    let faults = [
      ScriptedFault(.garbled, at: Uptime(nanoseconds: 5_000_000_000), for: .seconds(5)),
      ScriptedFault(.stuck, at: Uptime(nanoseconds: 0), for: .seconds(20)),
    ]
    #expect(kinds(faults, at: [1, 5, 9, 10, 20]) == [.stuck, .garbled, .garbled, .stuck, nil])
  }

  // MARK: A whole bus

  private func bus(faults: [ScriptedFault], _ time: ManualTime) throws -> SimulatedBoard {
    let wirings = try (0x48...0x49).map { address in
      SimulatedBoard.Wiring(
        sensor: "s\(address)", driver: "tmp105",
        place: .i2c(bus: BusPath("i2c-1"), address: try #require(I2CAddress(UInt8(address)))))
    }
    var bus = SimulatedBoard.Bus("i2c-1")
    bus.faults = faults
    bus.power = (.name("GPIO27"), true)
    return SimulatedBoard(wirings, buses: [bus], time: time.source)
  }

  /// The error of reading a register. Nil: it can be read.
  private func busError(on bus: SimulatedI2CBus, _ address: I2CAddress) -> BusError? {
    do throws(BusError) {
      _ = try bus.read(1, count: 1, from: address)
      return nil
    } catch {
      return error
    }
  }

  @Test("On a stuck bus every address times out, also those where nothing is; another bus does not care")
  func stuckBus() throws {
    let time = ManualTime()
    let board = try bus(faults: [ScriptedFault(.stuck, at: time.now)], time)
    let (here, elsewhere) = (board.i2c("i2c-1"), board.i2c("i2c-2"))
    for address: UInt8 in [0x48, 0x49, 0x50] {
      let address = try #require(I2CAddress(address))
      #expect(busError(on: here, address)?.kind == .timeout)
      #expect(busError(on: elsewhere, address)?.kind == .noAcknowledge)
    }
    #expect(time.now - ManualTime().now == .seconds(3))
  }

  @Test("Power switched off and on frees it, until the next time, and its chips have forgotten what they were told")
  func power() throws {
    let time = ManualTime()
    let start = time.now + .seconds(10)
    let board = try bus(faults: [ScriptedFault(.stuck, at: start, for: .seconds(60), every: .seconds(100))], time)
    let wires = board.i2c("i2c-1")
    let power = try PowerSwitch(board.gpio(), .name("GPIO27"), activeLow: true)
    let address = try #require(I2CAddress(0x48))
    try wires.write([1, 0x60], to: address)
    #expect(try wires.read(1, count: 1, from: address) == [0x60])
    time.advance(by: start - time.now)
    #expect(throws: BusError.self) { try wires.read(1, count: 1, from: address) }
    try power.cycle()
    #expect(try wires.read(1, count: 1, from: address) == [0x00])
    time.advance(by: .seconds(100))
    #expect(throws: BusError.self) { try wires.read(1, count: 1, from: address) }
  }

  @Test("Without power nobody answers")
  func withoutPower() throws {
    let time = ManualTime()
    let board = try bus(faults: [], time)
    let wires = board.i2c("i2c-1")
    let address = try #require(I2CAddress(0x48))
    let line = try board.gpio().output(.name("GPIO27"), high: true)
    #expect(busError(on: wires, address)?.kind == .noAcknowledge)
    try line.drive(high: false)
    #expect(try wires.read(1, count: 1, from: address) == [0x00])
  }

  @Test("A chip that holds the line behind a multiplexer is in nobody's way while its channel is not connected")
  func stuckBehindMultiplexer() throws {
    let time = ManualTime()
    var wirings = try (0...1).map { channel in
      SimulatedBoard.Wiring(
        sensor: "s\(channel)", driver: "tmp105",
        place: .i2c(
          bus: try #require(BusPath(parsing: "i2c-1/mux@0x70/\(channel)")), address: try #require(I2CAddress(0x48))))
    }
    wirings[0].faults = [ScriptedFault(.stuck, at: time.now)]
    let board = SimulatedBoard(wirings, time: time.source)
    let wires = board.i2c("i2c-1")
    let (multiplexer, chip) = (try #require(I2CAddress(0x70)), try #require(I2CAddress(0x48)))
    try wires.write([1 << 1], to: multiplexer)
    _ = try wires.read(1, count: 1, from: chip)
    try wires.write([1 << 0], to: multiplexer)
    #expect(throws: BusError.self) { try wires.read(1, count: 1, from: chip) }
  }
}
