import Drivers
import Telemetry

/// A simulated board: every sensor in `devices.yaml` answers as if it were wired. Each call creates a new bus, which
/// belongs to the thread that it is created for. The board itself may be used on any thread.
package struct SimulatedBoard: Sendable {
  /// One sensor, and where it is connected.
  package struct Wiring: Sendable {
    package enum Place: Hashable, Sendable {
      case i2c(bus: BusPath, address: I2CAddress)
      case sysfs
      case gpio
    }

    /// The sensor's id. It determines the default curves.
    package let sensor: String
    /// The driver's name in the catalog.
    package let driver: String
    package let place: Place
    package let options: DriverOptions
    /// The sensor's alert line: it exists, but never changes its level.
    package var alert: LineSelector?
    /// The curves that the sensor measures. By default each sensor has curves of its own.
    package var temperature: Curve
    package var humidity: Curve
    package var pressure: Curve
    package var contact: Curve
    /// The sensor's faults.
    package var faults: [ScriptedFault] = []

    package init(sensor: String, driver: String, place: Place, options: DriverOptions = DriverOptions()) {
      self.sensor = sensor
      self.driver = driver
      self.place = place
      self.options = options
      temperature = .temperature(for: sensor)
      humidity = .humidity(for: sensor)
      pressure = .pressure(for: sensor)
      contact = .contact(for: sensor)
    }

    /// `mates`: the other sensors of the same chip. A fault of one of them is a fault of all.
    fileprivate func twin(_ power: SimulatedPower?, _ time: SimulatedTime, mates: [Wiring] = []) -> ChipInputs {
      let script = FaultScript(faults: faults + mates.flatMap(\.faults), power: power, now: time.now)
      var ownTime = time
      ownTime.slowness = { script.slowness }
      var twin = ChipInputs(
        temperature: temperature, humidity: humidity, pressure: pressure, contact: contact, options: options,
        script: script, time: ownTime)
      if case .i2c(_, let address) = place { twin.address = address }
      twin.mates = mates.map { $0.twin(power, time) }
      return twin
    }
  }

  /// The properties of a bus besides its sensors.
  package struct Bus: Sendable {
    package let name: String
    /// The line that switches the power of its sensors.
    package var power: (line: LineSelector, activeLow: Bool)?
    /// Faults of the whole bus.
    package var faults: [ScriptedFault] = []

    package init(_ name: String) { self.name = name }
  }

  private let wirings: [Wiring]
  private let buses: [String: Bus]
  private let powers: [String: SimulatedPower]
  private let time: SimulatedTime

  package init(_ wirings: [Wiring], buses: [Bus] = [], time: SimulatedTime) {
    self.wirings = wirings
    self.buses = Dictionary(buses.map { ($0.name, $0) }) { first, _ in first }
    powers = self.buses.filter { $0.value.power != nil }.mapValues { _ in SimulatedPower() }
    self.time = time
  }

  /// The sorted names of the I²C buses that have sensors.
  package var adapters: [String] {
    Set(wirings.compactMap { if case .i2c(let path, _) = $0.place { path.adapter } else { nil } }).sorted()
  }

  /// Creates the bus `name` with the chips wired to it. A bus without chips exists, but nothing on it answers.
  package func i2c(_ name: String) -> SimulatedI2CBus {
    let bus = SimulatedI2CBus(name: name, time: time)
    let script = FaultScript(faults: buses[name]?.faults ?? [], power: powers[name], now: time.now)
    bus.isStuck = { script.current == .stuck }
    var multiplexers: [I2CAddress: SimulatedMultiplexer] = [:]
    for (wiring, mates) in chips {
      guard case .i2c(let path, let address) = wiring.place, path.adapter == name,
        let make = SimulatedCatalog.i2c[wiring.driver]
      else { continue }
      let twin = wiring.twin(powers[name], time, mates: mates)
      let chip = FaultyChip(twin.script) { make(twin) }
      guard let channel = path.channel else {
        bus.attach(chip, at: address)
        continue
      }
      let multiplexer = multiplexers[channel.multiplexer] ?? SimulatedMultiplexer()
      if multiplexers.updateValue(multiplexer, forKey: channel.multiplexer) == nil {
        bus.attach(multiplexer, at: channel.multiplexer)
      }
      bus.attach(chip, at: address, behind: multiplexer, channel: channel.number)
    }
    return bus
  }

  /// Each chip once, with the other sensors of the same chip.
  private var chips: [(wiring: Wiring, mates: [Wiring])] {
    var chips: [(wiring: Wiring, mates: [Wiring])] = []
    for wiring in wirings {
      let isShared = Catalog.chip(named: wiring.driver)?.channels != nil
      let known = chips.firstIndex {
        isShared && $0.wiring.driver == wiring.driver && $0.wiring.place == wiring.place
          && $0.wiring.options.text("device") == wiring.options.text("device")
      }
      if let known { chips[known].mates.append(wiring) } else { chips.append((wiring, [])) }
    }
    return chips
  }

  /// Creates a sysfs with all of the kernel's sensors.
  package func sysfs() -> SimulatedSysfs {
    let sysfs = SimulatedSysfs(time: time)
    for (wiring, mates) in chips where wiring.place == .sysfs {
      let twin = wiring.twin(nil, time, mates: mates)
      sysfs.adding(faultsOf: twin) { SimulatedCatalog.sysfs[wiring.driver]?(sysfs, wiring.options, twin) }
    }
    return sysfs
  }

  /// Creates all GPIO lines.
  package func gpio() -> SimulatedGPIO {
    let gpio = SimulatedGPIO(time: time)
    for (name, power) in powers {
      guard let (line, activeLow) = buses[name]?.power else { continue }
      gpio.observe(line) { [time] high in power.set(on: high != activeLow, at: time.now()) }
    }
    for line in wirings.compactMap(\.alert) { gpio.drive(line) { .success(true) } }
    for wiring in wirings where wiring.place == .gpio {
      SimulatedCatalog.gpio[wiring.driver]?(gpio, wiring.options, wiring.twin(nil, time))
    }
    return gpio
  }
}
