import Configuration
import Drivers
import Simulation
import Telemetry

@testable import Gateway

/// The hardware of a board. It does not ask the settings where a sensor hangs, but for the place of a chip on an I²C bus: a key
/// that is misread leads to nothing, or to something else.
enum ConfigurationWorld: Sendable {
  /// The driver's simulated chip, at 25 °C, 50 % and 1000 hPa.
  case chip
  /// The kernel's files, and its symbolic links.
  case files([String: String], links: [String: String] = [:])
  /// A simulated chip that speaks by edges, on this line, at 25 °C and 50 %.
  case edges(LineSelector)
  case line(TestLine)
  /// The voltages at the inputs of an ADS1115 or, with 12 bits, of an ADS1015, in millivolts.
  case inputs([Double], bits: Int)

  func board(for sensor: SensorSettings, _ time: ManualTime) -> Board {
    Board(
      i2c: { _ in bus(sensor, time) }, sysfs: { sysfs() }, gpio: { lines(sensor, time) },
      adapters: { [] },
      gpioChips: { [] })
  }

  private func bus(_ sensor: SensorSettings, _ time: ManualTime) -> any I2CBus {
    if case .inputs(let millivolts, let bits) = self { return TestInputs(millivolts, bits: bits) }
    guard case .i2c(let path, let address) = sensor.connection else {
      return SimulatedI2CBus(name: "none", time: time.source)
    }
    return simulated(sensor, .i2c(bus: path, address: address), DriverOptions(), time).i2c(
      path.adapter)
  }

  private func sysfs() -> any Sysfs {
    let sysfs = SimulatedSysfs()
    guard case .files(let files, let links) = self else { return sysfs }
    for (path, text) in files { sysfs.set(path, text: text + "\n") }
    for (path, target) in links { sysfs.link(path, to: target) }
    return sysfs
  }

  private func lines(_ sensor: SensorSettings, _ time: ManualTime) -> any GPIOBank {
    switch self {
    case .line(let line): TestBank(line, time)
    case .edges(.name(let name)):
      simulated(sensor, .gpio, DriverOptions(["line": .text(name)]), time).gpio()
    case .edges(.chip(let label, let offset)):
      simulated(
        sensor, .gpio, DriverOptions(["chip": .text(label), "offset": .integer(Int(offset))]), time
      ).gpio()
    case .chip, .files, .inputs: SimulatedGPIO(time: time.source)
    }
  }

  private func simulated(
    _ sensor: SensorSettings, _ place: SimulatedBoard.Wiring.Place, _ options: DriverOptions,
    _ time: ManualTime
  ) -> SimulatedBoard {
    var wiring = SimulatedBoard.Wiring(
      sensor: sensor.id, driver: sensor.chip.name, place: place, options: options)
    wiring.temperature = .constant(25_000_000)
    wiring.humidity = .constant(50_000_000)
    wiring.pressure = .constant(1_000_000_000)
    return SimulatedBoard([wiring], time: time.source)
  }
}

/// A GPIO line that something drives, or that only its bias holds.
struct TestLine: Sendable {
  let selector: LineSelector
  /// True is high; nil: nothing drives it.
  var level: Bool?
  /// Changes, in milliseconds after the line was taken.
  var changes: [(at: Int64, level: Bool)] = []
}

/// The bank of one line.
private final class TestBank: GPIOBank {
  private let line: TestLine
  private let time: ManualTime

  init(_ line: TestLine, _ time: ManualTime) {
    self.line = line
    self.time = time
  }

  var now: Uptime { time.now }
  func pause(_ duration: Duration) { time.advance(by: duration) }

  func input(_ request: LineRequest) throws(BusError) -> any GPIOLine {
    guard request.line == line.selector else { throw BusError(.absent, "find \(request.line)") }
    return Taken(line, request, time)
  }

  func output(_ line: LineSelector, high: Bool) throws(BusError) -> any GPIOOutput {
    throw BusError(.unsupported, "drive \(line)")
  }

  private final class Taken: GPIOLine {
    private let line: TestLine
    private let request: LineRequest
    private let time: ManualTime
    private let begin: Uptime
    private var told = 0

    init(_ line: TestLine, _ request: LineRequest, _ time: ManualTime) {
      self.line = line
      self.request = request
      self.time = time
      begin = time.now
    }

    private var past: [(at: Int64, level: Bool)] {
      line.changes.filter { begin + .milliseconds($0.at) <= time.now }
    }

    func isActive() -> Bool {
      (past.last?.level ?? line.level ?? (request.bias == .pullUp)) != request.activeLow
    }

    func edges() -> [Edge] {
      let new = past.dropFirst(told)
      told = past.count
      return new.map {
        Edge(isActive: $0.level != request.activeLow, at: begin + .milliseconds($0.at))
      }
    }

    var wakeUp: WakeUp? { nil }
  }
}

/// The registers of an ADS1115 (SBAS444E, 8.1.2 and 8.1.3) that converts at once: 01 is the configuration with the input in bits
/// 14:12 and the range in 11:9, 00 the result. Other than the twin it knows nothing of the settings.
private final class TestInputs: I2CBus {
  private let millivolts: [Double]
  private let bits: Int
  private var configuration: UInt16 = 0x8583

  init(_ millivolts: [Double], bits: Int) {
    self.millivolts = millivolts
    self.bits = bits
  }

  func pause(_ duration: Duration) {}

  func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError)
    -> [UInt8]
  {
    if bytes.count == 3, bytes[0] == 1 { configuration = UInt16(bytes[1]) << 8 | UInt16(bytes[2]) }
    guard count == 2, let register = bytes.first else { return [] }
    let word = register == 0 ? result : configuration | 0x8000
    return [UInt8(word >> 8), UInt8(word & 0xFF)]
  }

  private var result: UInt16 {
    let fullScale = [6_144.0, 4_096, 2_048, 1_024, 512, 256, 256, 256][Int(configuration >> 9 & 7)]
    let steps = millivolts[Int(configuration >> 12 & 3)] / fullScale * 32_768
    let raw = UInt16(bitPattern: Int16(clamping: Int(steps.rounded())))
    return bits == 16 ? raw : raw & 0xFFF0
  }
}
