import Configuration
import Drivers
import Sampling

/// Reports that a sensor's alert line is not available; nil: it is available again.
typealias AlertNews = @Sendable (_ sensor: String, _ failure: BusError?) -> Void

/// Groups the sensors by the bus that they share: one station, and so one thread, per bus.
struct StationPlans {
  private let board: Board
  private let buses: [BusSettings]
  private let oneWire: OneWireMasters
  private let tell: AlertNews

  /// `tell` is called on the stations' threads.
  init(board: Board, buses: [BusSettings], oneWire: OneWireMasters, tell: @escaping AlertNews) {
    self.board = board
    self.buses = buses
    self.oneWire = oneWire
    self.tell = tell
  }

  /// The buses are in the order of their first sensors in the file.
  func plans(for sensors: [SensorSettings]) -> [Station.Plan] {
    var order: [String] = []
    var groups: [String: [SensorSettings]] = [:]
    for sensor in sensors {
      if groups[sensor.busName] == nil { order.append(sensor.busName) }
      groups[sensor.busName, default: []].append(sensor)
    }
    return order.map { plan($0, groups[$0] ?? []) }
  }

  private func plan(_ bus: String, _ sensors: [SensorSettings]) -> Station.Plan {
    let slots = sensors.map {
      Station.Plan.Slot(id: $0.id, interval: $0.every, rest: $0.chip.minimumInterval, chip: $0.place)
    }
    let (board, oneWire, tell) = (board, oneWire, tell)
    let power = buses.first { $0.name == bus }?.power
    // A second switchboard would not know which channel the first one has connected.
    let isMadeAsOne = sensors.contains(where: \.isBehindMultiplexer)
    return Station.Plan(
      name: bus, slots: slots, sharesWires: sensors.contains(where: \.isOnWires), isMadeAsOne: isMadeAsOne
    ) { () throws(BusError) in
      let buses = OpenBuses(board, oneWire)
      var made: [any Sensor] = []
      for sensor in sensors { made.append(try buses.sensor(sensor, tell)) }
      return Station.Equipment(sensors: made, power: power.map { line in { buses.power(line) } })
    }
  }
}

/// The buses of one station while its sensors are made. Each bus is opened once.
final class OpenBuses {
  private let board: Board
  /// Nil: 1-Wire sensors are read one by one, without a bulk conversion.
  private let oneWire: OneWireMasters?
  private var i2c: (any I2CBus)?
  private var switchboard: Switchboard?
  private var gpio: (any GPIOBank)?
  private var sysfs: (any Sysfs)?

  init(_ board: Board, _ oneWire: OneWireMasters? = nil) {
    self.board = board
    self.oneWire = oneWire
  }

  func sensor(_ settings: SensorSettings, _ tell: @escaping AlertNews) throws(BusError) -> any Sensor {
    let sensor = ValuePlan.refined(try chip(settings), settings)
    guard let alert = settings.alert else { return sensor }
    return AlertedSensor(sensor, bank: try lines(), request: alert) { tell(settings.id, $0) }
  }

  /// The bare sensor, without refinement and alert line.
  func chip(_ settings: SensorSettings) throws(BusError) -> any Sensor {
    switch (settings.chip.attachment, settings.connection) {
    case (.i2c(_, let make), .i2c(let path, let address)):
      return make(try bus(path), address, settings.options)
    case (.gpio(_, let make), _):
      return make(try lines(), settings.options)
    case (.sysfs(_, let make), _):
      return AdvisedSensor.made(make(kernel(), settings.options), settings)
    case (.i2c, _):
      throw BusError(.unsupported, "\(settings.id): \(settings.chip.name) needs an I²C bus and an address")
    }
  }

  func power(_ line: PowerLine) -> Result<PowerSwitch, BusError> {
    do throws(BusError) {
      return .success(try PowerSwitch(try lines(), line.selector, activeLow: line.activeLow))
    } catch {
      return .failure(error)
    }
  }

  private func kernel() -> any Sysfs {
    if let sysfs { return sysfs }
    let plain = board.sysfs()
    let made: any Sysfs = oneWire.map { OneWireBulk(plain, masters: $0) } ?? plain
    sysfs = made
    return made
  }

  private func lines() throws(BusError) -> any GPIOBank {
    let bank: any GPIOBank
    if let gpio { bank = gpio } else { bank = try board.gpio() }
    gpio = bank
    return bank
  }

  private func bus(_ path: BusPath) throws(BusError) -> any I2CBus {
    let adapter: any I2CBus
    if let i2c { adapter = i2c } else { adapter = try board.i2c(path.adapter) }
    i2c = adapter
    guard let channel = path.channel else { return adapter }
    let switchboard = switchboard ?? Switchboard(adapter)
    self.switchboard = switchboard
    return switchboard.bus(behind: channel)
  }
}

extension SensorSettings {
  fileprivate var isOnWires: Bool { if case .i2c = connection { true } else { false } }

  fileprivate var isBehindMultiplexer: Bool {
    if case .i2c(let bus, _) = connection { bus.channel != nil } else { false }
  }

  /// Names the chip that the sensor may share with others; nil: it shares none.
  fileprivate var place: String? {
    if case .i2c(let bus, let address) = connection { "\(address) on \(bus)" } else { nil }
  }

  /// Names the thread that the sensor shares with others of its kind.
  var busName: String {
    switch (connection, chip.attachment) {
    case (.i2c(let bus, _), _): bus.adapter
    case (.gpio, .gpio(isSlow: true, _)): "gpio \(id)"
    case (.gpio, _): "gpio"
    case (_, .sysfs(let bus, _)): bus
    case (.sysfs, _): "sysfs"
    }
  }
}
