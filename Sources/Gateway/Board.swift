import Configuration
import Drivers
import Linux
import Simulation

/// Where the sensors hang: opens buses, on the thread that will use them.
struct Board: Sendable {
  let i2c: @Sendable (_ bus: String) throws(BusError) -> any I2CBus
  let sysfs: @Sendable () -> any Sysfs
  let gpio: @Sendable () throws(BusError) -> any GPIOBank
}
