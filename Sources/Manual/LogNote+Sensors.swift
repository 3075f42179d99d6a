/// Sensors, buses and alarms.
extension LogNote {
  static let sensorFault = LogNote(
    "A sensor cannot be read, so it publishes nothing. Other sensors are not affected. The message comes once.",
    "Check wiring, address and power. `fieldpost read` shows the bytes.")
  static let sensorRecovered = LogNote(
    "The sensor can be read again.",
    "Nothing. If the message comes often, look at the wiring.")
  static let alertLineFailed = LogNote(
    "The GPIO line of a sensor's `alert_line` is not available. The sensor is still read on schedule. The message "
      + "comes once.",
    "Check the name of the line, and who uses it: `gpioinfo`. The daemon asks for the line again every minute.")
  static let alertLineBack = LogNote(
    "The sensor's `alert_line` is available again. Its changes make the daemon read the sensor at once.",
    "Nothing.")
  static let busStuck = LogNote(
    "Every transfer on a bus hangs. Something holds a line of the bus low.",
    "Check the wiring, or switch the sensors off and on. With `power_line` the daemon does this by itself.")
  static let busFreed = LogNote(
    "The bus answers again.",
    "Nothing.")
  static let powerCycled = LogNote(
    "The sensors of a stuck bus were switched off and on.",
    "Nothing.")
  static let powerFailed = LogNote(
    "The line that switches the sensors' power cannot be used.",
    "See `buses` in devices.yaml, and who else uses that line (`gpioinfo`).")
  static let alarmRaised = LogNote(
    "A value is beyond its limit, or a sensor is stale.",
    "Look at what the sensor watches.")
  static let alarmCleared = LogNote(
    "The alarm is over.",
    "Nothing.")
  static let alarmsFile = LogNote(
    "The file that keeps raised alarms across a restart cannot be read or written.",
    "See the reason. After a restart the daemon may report raised alarms once more.")
}
