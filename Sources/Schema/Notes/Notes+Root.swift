import Configuration
import Telemetry

extension Notes {
  private static let usualBuffer = BufferSettings()
  private static let usualLog = LogSettings()
  private static let usualLogFile = LogFileSettings(path: "")

  static let root: [String: Note] = [
    "device": Note("Who this gateway is."),
    "device.id": Note(
      """
      Names this gateway in topics and messages. It may hold {serial}, {hostname} and {mac}, which each board fills in: \
      "coldstore-{serial}".
      """),
    "uplink": Note("Where the readings go, and how."),
    "buffer": Note("Where readings wait while the network is away."),
    "buffer.directory": Note(
      "Where the buffer is on the disk. The daemon's unit lets it write below /var/lib/fieldpost only.",
      usual: .text(usualBuffer.directory)),
    "buffer.size": Note(
      "What readings may take on the disk. 64 MiB last about a week at one reading a second.",
      usual: JSON(usualBuffer.size)),
    "buffer.durable_after": Note(
      "A reading older than this survives a power cut.", usual: JSON(usualBuffer.durableAfter)),
    "buffer.when_full": Note(
      "What a full buffer gives up: the oldest readings, or new ones. Either way they are reported as a gap.",
      usual: .text(usualBuffer.whenFull.rawValue)),
    "buffer.max_age": Note(
      "Older readings are given up and reported, once the clock is right. By default none is too old."),
    "log": Note("What the daemon logs, and where."),
    "log.summary": Note(
      "How often a line sums up what came and went; off: never.", usual: usualLog.summary.map { JSON($0) }),
    "log.level": Note("The least important that is logged.", usual: .text(usualLog.level.name)),
    "log.file": Note(
      """
      Every line is also written to this file: for a board whose journal does not survive a restart. By default there is \
      none.
      """),
    "log.size": Note(
      "How large the file gets before it is renamed to FILE.1.", usual: JSON(usualLogFile.size), needs: ["file"]),
    "log.keep": Note("How many full files are kept.", usual: JSON(usualLogFile.keep), needs: ["file"]),
    "defaults": Note("What holds for sensors that do not say otherwise."),
    "defaults.every": Note(
      """
      How often sensors are read that have no "every" of their own. A driver whose shortest interval is longer keeps to \
      that.
      """, usual: JSON(SensorSettings.usualInterval)),
    "buses": Note("Buses whose sensors' power a GPIO line can switch: it is off for a second when the bus is stuck."),
    "buses.name": Note("The bus, such as i2c-1."),
    "buses.power_line": Note("The line that switches the power, such as GPIO27."),
    "buses.power_chip": Note(
      "In place of power_line, for a line without a name: the label of its GPIO chip, such as pinctrl-bcm2711.",
      needs: ["power_offset"]),
    "buses.power_offset": Note("The line's number on power_chip.", needs: ["power_chip"]),
    "buses.power_active_low": Note("True: a low level switches the sensors on.", usual: false),
    "sensors": Note("What is read. The keys of a sensor depend on its driver."),
    "status": Note("Where the daemon says how it is."),
    "status.socket": Note(
      "The socket that \"fieldpost status\" asks. Under systemd the default is in the unit's runtime directory.",
      usual: .text(StatusSettings().socket)),
    "metrics": Note("Metrics for node_exporter's textfile collector. By default none are written."),
    "metrics.file": Note(
      "The file, which is written again and again: put it in memory, such as /run/fieldpost/fieldpost.prom."),
    "metrics.every": Note("How often it is written.", usual: JSON(MetricsSettings(file: "").every)),
  ]
}
