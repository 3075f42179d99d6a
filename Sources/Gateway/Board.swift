import Configuration
import Drivers
import Linux
import Simulation
import Telemetry

/// Where the sensors hang: opens buses, on the thread that will use them.
public struct Board: Sendable {
  let i2c: @Sendable (_ bus: String) throws(BusError) -> any I2CBus
  let sysfs: @Sendable () -> any Sysfs
  let gpio: @Sendable () throws(BusError) -> any GPIOBank
  /// The I²C buses that there are, `i2c-1`, in the order of their numbers.
  let adapters: @Sendable () -> [String]
  /// The GPIO chips that there are.
  let gpioChips: @Sendable () -> [GPIOChipInfo]

  /// The hardware under this machine's kernel. `root` is put before `/dev` and `/sys`.
  public static func real(root: String) -> Board {
    Board(
      i2c: { bus throws(BusError) in try KernelI2CBus(bus: bus, root: root) },
      sysfs: { KernelSysfs(root: root) },
      gpio: { () throws(BusError) in GPIOChips(root: root) },
      adapters: { KernelI2CBus.names(root: root) }, gpioChips: { GPIOChips(root: root).list() })
  }

  /// Chips that answer register by register, one for each sensor.
  public static func simulated(_ settings: Settings) -> Board {
    let time = SimulatedTime(now: SystemClock.uptime, pause: SystemClock.sleep)
    let board = SimulatedBoard(
      settings.sensors.map(\.wiring), outputs: settings.buses.compactMap(\.power?.selector), time: time)
    return Board(
      i2c: { board.i2c($0) }, sysfs: { board.sysfs() }, gpio: { board.gpio() }, adapters: { board.adapters },
      gpioChips: { [] })
  }
}

extension SensorSettings {
  fileprivate var wiring: SimulatedBoard.Wiring {
    let place: SimulatedBoard.Wiring.Place =
      switch connection {
      case .i2c(let bus, let address): .i2c(bus: bus, address: address)
      case .sysfs: .sysfs
      case .gpio: .gpio
      }
    return SimulatedBoard.Wiring(sensor: id, driver: chip.name, place: place, options: options)
  }
}
