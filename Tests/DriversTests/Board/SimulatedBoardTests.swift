import Drivers
import Glibc
import Telemetry
import Testing

@testable import Simulation

@Suite("Simulated board")
struct SimulatedBoardTests {
  @Test("Every entry of the catalog has a twin, and every twin an entry")
  func twins() {
    var i2c: Set<String> = []
    var sysfs: Set<String> = []
    var gpio: Set<String> = []
    for chip in Catalog.chips {
      switch chip.attachment {
      case .i2c: i2c.insert(chip.name)
      case .sysfs: sysfs.insert(chip.name)
      case .gpio: gpio.insert(chip.name)
      }
    }
    #expect(Set(SimulatedCatalog.i2c.keys) == i2c)
    #expect(Set(SimulatedCatalog.sysfs.keys) == sysfs)
    #expect(Set(SimulatedCatalog.gpio.keys) == gpio)
  }

  private func wiring(_ sensor: String, bus: String = "i2c-1", _ address: UInt8) throws -> SimulatedBoard.Wiring {
    .init(sensor: sensor, driver: "tmp105", place: .i2c(bus: BusPath(bus), address: try #require(I2CAddress(address))))
  }

  private func read(_ board: SimulatedBoard, bus: String, _ address: UInt8) throws -> Int64 {
    var sensor = try sensor("tmp105", on: board.i2c(bus), at: address)
    try sensor.start()
    return try #require(try sensor.sample().quantities.first).micros
  }

  @Test("Every sensor measures something of its own, the same on every board")
  func deterministic() throws {
    var values: [[Int64]] = []
    for _ in 1...2 {
      let time = ManualTime()
      let board = SimulatedBoard([try wiring("cellar", 0x48), try wiring("attic", 0x49)], time: time.source)
      values.append([try read(board, bus: "i2c-1", 0x48), try read(board, bus: "i2c-1", 0x49)])
    }
    #expect(values[0] == values[1])
    #expect(values[0][0] != values[0][1])
  }

  @Test("A sensor hangs on its own bus only")
  func buses() throws {
    let board = SimulatedBoard([try wiring("cellar", bus: "i2c-3", 0x48)], time: ManualTime().source)
    _ = try read(board, bus: "i2c-3", 0x48)
    #expect(throws: SensorError.self) { try read(board, bus: "i2c-1", 0x48) }
    #expect(throws: SensorError.self) { try read(board, bus: "i2c-3", 0x49) }
  }

  @Test("A board goes to another thread, which makes its own bus")
  func otherThread() async throws {
    let board = SimulatedBoard([try wiring("cellar", 0x48)], time: ManualTime().source)
    let here = try read(board, bus: "i2c-1", 0x48)
    let makeBus: @Sendable () -> any I2CBus = { board.i2c("i2c-1") }
    let there = try await Task.detached {
      var sensor = try sensor("tmp105", on: makeBus(), at: 0x48)
      try sensor.start()
      return try sensor.sample().quantities.first?.micros
    }.value
    #expect(abs(try #require(there) - here) < 1_000_000)
  }

  private func hwmon(_ sensor: String, _ options: [String: DriverOptions.Value]) -> SimulatedBoard.Wiring {
    .init(sensor: sensor, driver: "hwmon", place: .sysfs, options: DriverOptions(options))
  }

  @Test("Two devices with one name, and two inputs of one device, are all found")
  func manyOfHwmon() throws {
    let options: [[String: DriverOptions.Value]] = [
      ["name": .text("lm75"), "device": .text("1-0048")], ["name": .text("lm75"), "device": .text("1-0049")],
      ["name": .text("nvme"), "label": .text("Composite")],
      ["name": .text("nvme"), "input": .text("temp2"), "label": .text("Sensor 1")],
    ]
    let board = SimulatedBoard(
      options.enumerated().map { hwmon("sensor\($0.offset)", $0.element) }, time: ManualTime().source)
    let sysfs = board.sysfs()
    #expect(try sysfs.entries(of: "/sys/class/hwmon") == ["hwmon0", "hwmon1", "hwmon2"])
    var values: Set<Int64> = []
    for option in options {
      var sensor = try sensor("hwmon", on: sysfs, option)
      try sensor.start()
      values.insert(try #require(try sensor.sample().quantities.first).micros)
    }
    #expect(values.count == 4)
  }

  @Test("A 1-Wire conversion takes its time")
  func conversionTime() throws {
    let time = ManualTime()
    let options: [String: DriverOptions.Value] = ["device": .text("28-0316a2795e3c")]
    let wiring = SimulatedBoard.Wiring(
      sensor: "cellar", driver: "ds18b20", place: .sysfs, options: DriverOptions(options))
    var sensor = try sensor("ds18b20", on: SimulatedBoard([wiring], time: time.source).sysfs(), options)
    try sensor.start()
    let before = time.now
    _ = try sensor.sample()
    #expect(time.now - before == .milliseconds(750))
  }
}

@Suite("Curves")
struct CurveTests {
  private func at(_ seconds: Int64) -> Uptime { Uptime(nanoseconds: seconds * 1_000_000_000) }

  @Test("A ramp waits, climbs and stays")
  func ramp() {
    let curve = Curve.ramp(from: -10_000_000, to: 10_000_000, start: at(100), length: .seconds(10))
    #expect(
      [0, 100, 105, 110, 1_000].map { curve.value(at: at($0)) } == [
        -10_000_000, -10_000_000, 0, 10_000_000, 10_000_000,
      ])
  }

  @Test("A sine swings around its base")
  func sine() {
    let curve = Curve.sine(base: 20_000_000, amplitude: 1_000_000, period: .seconds(100), phase: 0.25)
    #expect([0, 50, 100].map { curve.value(at: at($0)) } == [21_000_000, 19_000_000, 21_000_000])
  }

  @Test("A curve without a length or a period does not trap")
  func degenerate() {
    #expect(Curve.ramp(from: 1, to: 2, start: at(1), length: .zero).value(at: at(2)) == 2)
    #expect(abs(Curve.sine(base: 5, amplitude: 0, period: .zero, phase: 0).value(at: at(7))) == 5)
  }

  @Test("A sensor's own curves stay in a room's range", arguments: ["", "a", "cellar", "Dachboden", "sensor-64"])
  func rooms(_ sensor: String) {
    for second in stride(from: Int64(0), to: 3_600, by: 17) {
      #expect((17_000_000...25_000_000).contains(Curve.temperature(for: sensor).value(at: at(second))))
      #expect((35_000_000...65_000_000).contains(Curve.humidity(for: sensor).value(at: at(second))))
      #expect((0...1_000_000).contains(Curve.contact(for: sensor).value(at: at(second))))
    }
  }
}

@Suite("Simulated sysfs and lines")
struct SimulatedKernelTests {
  @Test("Links are followed anywhere in a path, and chains of them to the end")
  func links() throws {
    let sysfs = SimulatedSysfs()
    sysfs.set("/sys/devices/real/name", text: "x")
    sysfs.link("/sys/class/middle", to: "/sys/devices/real")
    sysfs.link("/sys/class/first", to: "/sys/class/middle")
    #expect(try sysfs.read("/sys/class/first/name") == Array("x".utf8))
    #expect(try sysfs.target(ofLink: "/sys/class/first") == "/sys/devices/real")
    #expect(try sysfs.entries(of: "/sys/class") == ["first", "middle"])
    #expect(try sysfs.entries(of: "/sys/class/first") == ["name"])
    #expect(throws: BusError.self) { try sysfs.target(ofLink: "/sys/devices/real") }
  }

  @Test("Every open counts, also one that fails")
  func opens() {
    let sysfs = SimulatedSysfs()
    #expect(throws: BusError(.absent, "open /sys/x", code: ENOENT)) { try sysfs.read("/sys/x") }
    #expect(sysfs.opened == ["/sys/x"])
  }

  @Test("A line is taken until what took it lets go")
  func lines() throws {
    let bank = SimulatedGPIO()
    bank.set(.name("GPIO4"), high: true)
    let request = LineRequest(line: .name("GPIO4"), bias: .pullUp, activeLow: true)
    var line: (any GPIOLine)? = try bank.input(request)
    #expect(try line?.isActive() == false)
    #expect(throws: BusError(.failed, "take GPIO4", code: EBUSY)) { try bank.input(request) }
    line = nil
    _ = try bank.input(request)
  }
}
