import Configuration
import Drivers
import Linux
import Simulation
import Telemetry

/// The hardware that the sensors are attached to. Opens buses, on the thread that will use them.
package struct Board: Sendable {
  let i2c: @Sendable (_ bus: String) throws(BusError) -> any I2CBus
  let sysfs: @Sendable () -> any Sysfs
  let gpio: @Sendable () throws(BusError) -> any GPIOBank
  /// Names of the I²C buses present, `i2c-1`, in the order of their numbers.
  let adapters: @Sendable () -> [String]
  /// The GPIO chips present.
  let gpioChips: @Sendable () -> [GPIOChipInfo]
  /// Whether the board is real, not simulated.
  var isReal = true

  /// The hardware of this machine's kernel. `root` is put before `/dev` and `/sys`.
  package static func real(root: String) -> Board {
    Board(
      i2c: { bus throws(BusError) in try KernelI2CBus(bus: bus, root: root) },
      sysfs: { KernelSysfs(root: root) },
      gpio: { () throws(BusError) in GPIOChips(root: root) },
      adapters: { KernelI2CBus.names(root: root) }, gpioChips: { GPIOChips(root: root).list() })
  }

  /// Chips that answer register by register, one for each sensor. `scenario`: what they measure and which faults they
  /// have, relative to `begin`; nil: values of their own, and no faults.
  package static func simulated(
    _ settings: Settings, _ scenario: ScenarioSettings? = nil, since begin: Uptime = SystemClock.uptime()
  ) -> Board {
    // Without a scenario, a chip's values continue across a restart.
    let begin = scenario == nil ? Uptime(nanoseconds: 0) : begin
    let time = SimulatedTime(
      now: { Uptime(nanoseconds: (SystemClock.uptime() - begin).nanoseconds) }, pause: SystemClock.sleep)
    return simulated(settings, scenario, time: time)
  }

  /// `time`: the clock of the scenario, and how a driver waits for its chip.
  package static func simulated(_ settings: Settings, _ scenario: ScenarioSettings?, time: SimulatedTime) -> Board {
    let plan = SimulationPlan(settings, scenario ?? ScenarioSettings())
    let board = SimulatedBoard(plan.wirings, buses: plan.buses, time: time)
    return Board(
      i2c: { board.i2c($0) }, sysfs: { board.sysfs() }, gpio: { board.gpio() }, adapters: { board.adapters },
      gpioChips: { [] }, isReal: false)
  }
}
