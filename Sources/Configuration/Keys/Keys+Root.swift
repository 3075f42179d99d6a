import Telemetry

extension Keys {
  /// The sections of the file.
  package static let root: [Key] = [
    Key("device", .group(device), required: "it says who this gateway is"),
    Key("uplink", .group(uplink), required: "it says where the readings go"),
    Key("buffer", .group(buffer)),
    Key("log", .group(log)),
    Key("defaults", .group(defaults)),
    Key("buses", .list(.group(bus), 0...Int.max)),
    // Each sensor's keys depend on its driver: `sensor(_:)`.
    Key("sensors", .list(.group([]), 1...Int.max), required: "the list of what to read"),
    Key("status", .group(status)),
    Key("metrics", .group(metrics)),
  ]

  package static let device: [Key] = [Key("id", .text(.deviceID), required: "it names this gateway upstream")]

  package static let buffer: [Key] = [
    Key("directory", .text(.directory)),
    Key("size", .size(ByteCount(mebibytes: 1)...ByteCount(mebibytes: 64 << 10))),
    Key("durable_after", .duration(.seconds(1)...(.seconds(600)))),
    Key("when_full", .words(of: BufferSettings.WhenFull.self)),
    Key("max_age", .duration(.seconds(3_600)...(.seconds(3_650 * 86_400)))),
  ]

  package static let log: [Key] = [
    Key("summary", .durationOrOff(.seconds(60)...(.seconds(7 * 86_400)))),
    Key("level", .choice(LogReader.levels.map(\.name))),
    Key("file", .text(.logFile)),
    Key("size", .size(ByteCount(bytes: 16 << 10)...ByteCount(bytes: 64 << 20))),
    Key("keep", .integer(1...99)),
  ]

  package static let defaults: [Key] = [Key("every", .duration(.seconds(1)...(.seconds(86_400))))]

  package static let bus: [Key] =
    [Key("name", .text(.adapter), required: "the bus, such as i2c-1")] + line("power")
    + [Key("power_active_low", .boolean)]

  package static let status: [Key] = [Key("socket", .text(.socket))]

  package static let metrics: [Key] = [
    Key("file", .text(.metricsFile), required: "the file to write, such as /run/fieldpost/fieldpost.prom"),
    Key("every", .duration(.seconds(5)...(.seconds(3_600)))),
  ]

  /// A GPIO line, by its name or by its chip's label and its number there.
  static func line(_ prefix: String) -> [Key] {
    [
      Key("\(prefix)_line", .text(.any)),
      Key("\(prefix)_chip", .text(.any)),
      Key("\(prefix)_offset", .integer(0...1023)),
    ]
  }
}
