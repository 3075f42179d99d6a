import Configuration

extension Notes {
  /// The keys that identify a sensor. The drivers' own options have their meanings with the drivers.
  static let sensors: [String: Note] = [
    "sensors.id": Note("Names the sensor in topics and messages."),
    "sensors.driver": Note(
      "The driver, such as sht3x, or the part number on the chip, such as SHT31. \"fieldpost drivers\" lists them."),
    "sensors.every": Note(
      "How often it is read, from the driver's shortest interval. By default as defaults.every says."),
    "sensors.bus": Note("The bus, such as i2c-1, or behind a multiplexer i2c-1/mux@0x70/3."),
    "sensors.address": Note("The chip's address, such as 0x48."),
    "sensors.alert_line": Note(
      """
      The GPIO line, such as GPIO22, that the chip's ALERT or data-ready output is wired to: when it moves, the chip is \
      read at once.
      """),
    "sensors.alert_chip": Note(
      "In place of alert_line, for a line without a name: the label of its GPIO chip, such as pinctrl-bcm2711.",
      needs: ["alert_offset"]),
    "sensors.alert_offset": Note("The line's number on alert_chip.", needs: ["alert_chip"]),
    "sensors.alert_bias": Note("The line's own resistor.", usual: "pull_up"),
    "sensors.temperature": Note(
      """
      The correction of the temperature, where the driver has keys of its own with these names, or where the sensor's \
      main quantity is another one.
      """),
    "sensors.humidity": Note("What the humidity means. Numbers are in %."),
    "sensors.pressure": Note("What the pressure means. Numbers are in hPa."),
  ]

  /// The keys that say how a sensor's values are corrected, checked and published.
  static let values: [String: Note] = [
    "sensors.offset": Note("Is added to the value, after scale.", usual: 0),
    "sensors.scale": Note("The value is multiplied by this.", usual: 1),
    "sensors.calibration": Note(
      "In place of offset and scale: what the sensor showed at two or more known values, in rising order."),
    "sensors.calibration.measured": Note("What the sensor says."),
    "sensors.calibration.actual": Note("What is true."),
    "sensors.range": Note("A value outside is a fault, not a reading. By default every value is right."),
    "sensors.range.low": Note("The lowest value that makes sense."),
    "sensors.range.high": Note("The highest value that makes sense."),
    "sensors.median": Note("The median of that many latest samples is published. By default each sample is."),
    "sensors.mean": Note("The mean of that many latest samples is published. By default each sample is."),
    "sensors.round": Note("Published values are multiples of this. By default all digits are published."),
    "sensors.dead_band": Note("A smaller change is not published. By default every reading is."),
    "sensors.unit": Note("The published unit. That of a temperature is C by default."),
    "sensors.max_silence": Note(
      "With dead_band: after this time a reading is published, however little has changed.",
      usual: JSON(ValueSettings().maximumSilence)),
    "sensors.alarms": Note("Limits whose crossing is reported as an event. By default there are none."),
    "sensors.alarms.high": Note("An alarm is raised above this value."),
    "sensors.alarms.low": Note("An alarm is raised below this value."),
    "sensors.alarms.rate": Note("An alarm is raised when the value moves faster."),
    "sensors.alarms.rate.change": Note("How far the value may move."),
    "sensors.alarms.rate.within": Note("In which time, at least twice the sensor's interval."),
    "sensors.alarms.hysteresis": Note(
      "How far a value has to come back before the alarm clears. By default 0.5 °C, 2 % or 1 hPa."),
    "sensors.alarms.hold": Note(
      "How long the value has to stay beyond a limit, or back, before the alarm changes.", usual: JSON(Duration.zero)),
    "sensors.alarms.stale": Note("An alarm is raised when there was no sample for this long."),
  ]
}
