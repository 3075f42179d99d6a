import Drivers
import Glibc
import Simulation
import Telemetry
import Testing

@Suite("Contact")
struct ContactTests {
  private func contact(on bank: SimulatedGPIO, _ options: [String: DriverOptions.Value]) throws -> any Sensor {
    guard case .gpio(_, let make) = try #require(Catalog.chip(named: "contact")).attachment else {
      throw BusError(.unsupported, "contact")
    }
    return make(bank, DriverOptions(options))
  }

  @Test(
    "Level and polarity give open or closed",
    arguments: [(true, false, true), (false, false, false), (true, true, false), (false, true, true)])
  func levels(_ high: Bool, _ activeLow: Bool, _ closed: Bool) throws {
    let bank = SimulatedGPIO()
    bank.set(.name("GPIO17"), high: high)
    var sensor = try contact(on: bank, ["line": .text("GPIO17"), "active_low": .boolean(activeLow)])
    try sensor.start()
    #expect(try sensor.sample() == Sample([.contact(closed)]))
    bank.set(.name("GPIO17"), high: !high)
    #expect(try sensor.sample() == Sample([.contact(!closed)]))
  }

  @Test("A bouncing contact is waited for, and its reading is as old as its first edge")
  func bounces() throws {
    let time = ManualTime()
    let bank = SimulatedGPIO(time: time.source)
    bank.set(.name("GPIO17"), high: false)
    var sensor = try contact(on: bank, ["line": .text("GPIO17")])
    try sensor.start()
    _ = try sensor.sample()
    time.advance(by: .seconds(5))
    let began = time.now
    for high in [true, false, true, false, true] {
      bank.set(.name("GPIO17"), high: high)
      time.advance(by: .milliseconds(4))
    }
    let sample = try sensor.sample()
    #expect(sample.quantities == [.contact(true)])
    #expect(sample.quality == .good)
    #expect(sample.age == time.now - began)
    #expect(sample.age == .milliseconds(16 + 30))
    // Nothing has changed since.
    time.advance(by: .seconds(1))
    #expect(try sensor.sample() == Sample([.contact(true)]))
  }

  @Test("A pulse shorter than the debouncing is not a change; a longer one is, with its own time")
  func pulses() throws {
    let time = ManualTime()
    let bank = SimulatedGPIO(time: time.source)
    bank.set(.name("GPIO17"), high: false)
    var sensor = try contact(on: bank, ["line": .text("GPIO17"), "debounce_ms": .integer(50)])
    try sensor.start()
    _ = try sensor.sample()
    for (length, isSeen) in [(20, false), (60, true)] {
      bank.set(.name("GPIO17"), high: true)
      time.advance(by: .milliseconds(length))
      if !isSeen { bank.set(.name("GPIO17"), high: false) }
      let sample = try sensor.sample()
      #expect(sample.quantities == [.contact(isSeen)], "\(length)")
      #expect((sample.age > .zero) == isSeen, "\(length)")
    }
  }

  @Test("A line without edges is read in its slots")
  func withoutEdges() throws {
    let bank = SimulatedGPIO(time: ManualTime().source)
    bank.hasNoEdges = true
    bank.set(.name("GPIO17"), high: false)
    var sensor = try contact(on: bank, ["line": .text("GPIO17")])
    try sensor.start()
    #expect(try sensor.sample() == Sample([.contact(false)]))
    #expect(sensor.wakeUp == nil)
    bank.set(.name("GPIO17"), high: true)
    #expect(try sensor.sample() == Sample([.contact(true)]))
  }

  @Test("A contact that never comes to rest is read all the same, and marked")
  func chatters() throws {
    let time = ManualTime()
    let bank = SimulatedGPIO(time: time.source)
    bank.wave(on: .name("GPIO17")) { now in [(true, now)] }
    var sensor = try contact(on: bank, ["line": .text("GPIO17")])
    try sensor.start()
    time.advance(by: .seconds(1))
    #expect(try sensor.sample().quality == .suspect)
  }

  @Test("A line can be named by chip and offset")
  func byOffset() throws {
    let bank = SimulatedGPIO()
    bank.set(.chip(label: "pinctrl-bcm2711", offset: 17), high: true)
    var sensor = try contact(on: bank, ["chip": .text("pinctrl-bcm2711"), "offset": .integer(17)])
    try sensor.start()
    #expect(try sensor.sample() == Sample([.contact(true)]))
  }

  @Test("A line that is not there is absent and named")
  func absent() throws {
    var sensor = try contact(on: SimulatedGPIO(), ["line": .text("GPIO99")])
    let error = try busFailure { try sensor.start() }
    #expect(error.kind == .absent)
    #expect(error.description.contains("GPIO99"))
  }

  @Test("A line that somebody else has is an error")
  func busy() throws {
    let bank = SimulatedGPIO()
    bank.set(.name("GPIO17"), high: true)
    let other = try bank.input(LineRequest(line: .name("GPIO17"), bias: .asIs, activeLow: false))
    var sensor = try contact(on: bank, ["line": .text("GPIO17")])
    let error = try busFailure { try sensor.start() }
    #expect(error.code == EBUSY)
    _ = try other.isActive()
  }

  /// Refuses edges, and nothing else.
  private final class Picky: GPIOBank {
    let bank = SimulatedGPIO()
    let error: BusError

    init(_ error: BusError) {
      self.error = error
      bank.set(.name("GPIO17"), high: true)
    }

    var now: Uptime { bank.now }
    func pause(_ duration: Duration) { bank.pause(duration) }
    func output(_ line: LineSelector, high: Bool) throws(BusError) -> any GPIOOutput {
      try bank.output(line, high: high)
    }
    func input(_ request: LineRequest) throws(BusError) -> any GPIOLine {
      if request.hasEdges { throw error }
      return try bank.input(request)
    }
  }

  @Test(
    "Only a line that has no interrupt is taken without edges",
    arguments: [
      (.unsupported, EINVAL, true), (.unsupported, EOPNOTSUPP, true), (.noAcknowledge, ENXIO, true),
      (.failed, EBUSY, false), (.failed, EIO, false), (.denied, EACCES, false), (.absent, ENODEV, false),
    ] as [(BusError.Kind, Int32, Bool)])
  func noInterrupt(_ kind: BusError.Kind, _ code: Int32, _ isTaken: Bool) throws {
    let bank = Picky(BusError(kind, "take GPIO17", code: code))
    guard case .gpio(_, let make) = try #require(Catalog.chip(named: "contact")).attachment else { return }
    var sensor = make(bank, DriverOptions(["line": .text("GPIO17")]))
    guard isTaken else {
      #expect(try busFailure { try sensor.start() }.code == code)
      return
    }
    try sensor.start()
    #expect(try sensor.sample() == Sample([.contact(true)]))
  }

  @Test("A second start gives the line back first")
  func restart() throws {
    let bank = SimulatedGPIO()
    bank.set(.name("GPIO17"), high: true)
    var sensor = try contact(on: bank, ["line": .text("GPIO17")])
    try sensor.start()
    try sensor.start()
    #expect(try sensor.sample() == Sample([.contact(true)]))
  }

  @Test("A failing line is an error until it is back")
  func fails() throws {
    let bank = SimulatedGPIO()
    bank.drive(.name("GPIO17")) { .failure(BusError(.failed, "read GPIO17", code: EIO)) }
    var sensor = try contact(on: bank, ["line": .text("GPIO17")])
    try sensor.start()
    let error = try busFailure { try sensor.sample() }
    #expect(error.code == EIO)
    bank.set(.name("GPIO17"), high: false)
    #expect(try sensor.sample() == Sample([.contact(false)]))
  }

  @Test("A sample without a start is an error")
  func notStarted() throws {
    var sensor = try contact(on: SimulatedGPIO(), ["line": .text("GPIO17")])
    #expect(throws: SensorError.self) { try sensor.sample() }
  }

  @Test(
    "A contact needs a line, or a chip and an offset, and not both",
    arguments: [
      ([:], false), (["line": .text("GPIO17")], true), (["chip": .text("gpio")], false),
      (["offset": .integer(1)], false),
      (["chip": .text("gpio"), "offset": .integer(1)], true),
      (["line": .text("GPIO17"), "chip": .text("gpio"), "offset": .integer(1)], false),
      (["line": .text("GPIO17"), "offset": .integer(1)], false),
    ] as [([String: DriverOptions.Value], Bool)])
  func conflict(_ options: [String: DriverOptions.Value], _ isFine: Bool) throws {
    let chip = try #require(Catalog.chip(named: "contact"))
    #expect((chip.conflict(DriverOptions(options)) == nil) == isFine)
    guard !isFine else { return }
    var sensor = try contact(on: SimulatedGPIO(), options)
    _ = try notFoundFailure { try sensor.start() }
  }
}
