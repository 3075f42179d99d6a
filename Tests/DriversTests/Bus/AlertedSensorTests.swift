import Drivers
import Telemetry
import Testing

@Suite("A chip with an alert line")
struct AlertedSensorTests {
  private final class Bank: GPIOBank {
    final class Line: GPIOLine {
      let bank: Bank
      init(_ bank: Bank) { self.bank = bank }
      deinit { bank.log.append("released") }
      func isActive() throws(BusError) -> Bool { true }
      func edges() throws(BusError) -> [Edge] {
        bank.log.append("edges")
        if let failure = bank.failure { throw failure }
        return []
      }
      var wakeUp: WakeUp? { WakeUp(descriptor: 7) }
    }

    var now = Uptime(nanoseconds: 0)
    var failure: BusError?
    var log: [String] = []

    func input(_ request: LineRequest) throws(BusError) -> any GPIOLine {
      log.append("take \(request.line)")
      if let failure { throw failure }
      return Line(self)
    }
    func output(_ line: LineSelector, high: Bool) throws(BusError) -> any GPIOOutput {
      throw BusError(.unsupported, "")
    }
    func pause(_ duration: Duration) {}
  }

  private struct Chip: Sensor {
    let bank: Bank
    mutating func start() throws(SensorError) { bank.log.append("start") }
    mutating func sample() throws(SensorError) -> Sample {
      bank.log.append("sample")
      return Sample([.contact(true)])
    }
  }

  private let bank = Bank()
  private let busy = BusError(.failed, "take GPIO22", code: 16)
  private let request = LineRequest(line: .name("GPIO22"), bias: .pullUp, activeLow: false, hasEdges: true)

  @Test("Edges that came are done with before the chip is read; the line is taken once")
  func order() throws {
    let bank = bank
    var sensor = AlertedSensor(Chip(bank: bank), bank: bank, request: request) { _ in bank.log.append("told") }
    try sensor.start()
    #expect(sensor.wakeUp == nil)
    #expect(try sensor.sample() == Sample([.contact(true)]))
    #expect(sensor.wakeUp == WakeUp(descriptor: 7))
    _ = try sensor.sample()
    #expect(bank.log == ["start", "take GPIO22", "edges", "sample", "edges", "sample"])
  }

  @Test("Without the line the chip is read, which is told once; a minute later it is asked for again")
  func missing() throws {
    let bank = bank
    bank.failure = busy
    var sensor = AlertedSensor(Chip(bank: bank), bank: bank, request: request) { failure in
      bank.log.append(failure.map { "told \($0)" } ?? "told it is back")
    }
    try sensor.start()
    for second in 0...60 {
      bank.now = Uptime(nanoseconds: Int64(second) * 1_000_000_000)
      _ = try sensor.sample()
    }
    #expect(sensor.wakeUp == nil)
    #expect(bank.log.filter { $0 == "sample" }.count == 61)
    #expect(bank.log.filter { $0 != "sample" } == ["start", "take GPIO22", "told \(busy)", "take GPIO22"])
    bank.failure = nil
    bank.log = []
    bank.now = Uptime(nanoseconds: 120_000_000_000)
    _ = try sensor.sample()
    #expect(bank.log == ["take GPIO22", "edges", "told it is back", "sample"])
  }

  @Test("A line that fails later is let go")
  func lost() throws {
    let bank = bank
    var sensor = AlertedSensor(Chip(bank: bank), bank: bank, request: request) { _ in bank.log.append("told") }
    try sensor.start()
    _ = try sensor.sample()
    bank.failure = busy
    bank.log = []
    _ = try sensor.sample()
    #expect(sensor.wakeUp == nil)
    #expect(bank.log == ["edges", "released", "told", "sample"])
  }
}
