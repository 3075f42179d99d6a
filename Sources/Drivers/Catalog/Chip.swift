import Telemetry

/// One entry of the catalog: everything the rest of fieldpost knows about a driver.
package struct Chip: Sendable {
  /// What `driver:` says in `devices.yaml`: `tmp102`.
  package let name: String
  /// The part numbers as printed on breakout boards.
  package let parts: [String]
  /// What it measures, the main quantity first.
  package let measures: [Quantity.Kind]
  /// Where the driver's knowledge comes from: datasheet title and revision, or the kernel's documentation.
  package let source: String
  /// Sampling more often makes no sense: the chip is still converting, or heats itself.
  package let minimumInterval: Duration
  /// What may stand beside `driver:` for this chip, apart from what every sensor has.
  package let options: [DriverOption]
  /// Why these options do not go together; nil when they do. For what the shape of one option cannot say.
  package let conflict: @Sendable (DriverOptions) -> String?
  /// What several sensors of one chip tell apart; nil: one chip is one sensor.
  package let channels: ChipChannels?
  /// Of what the kernel reads: what these options name, so that nothing is two sensors.
  package let place: @Sendable (DriverOptions) -> KernelPlace?
  package let attachment: Attachment

  package init(
    name: String, parts: [String], measures: [Quantity.Kind], source: String, minimumInterval: Duration,
    options: [DriverOption] = [], conflict: @escaping @Sendable (DriverOptions) -> String? = { _ in nil },
    channels: ChipChannels? = nil, place: @escaping @Sendable (DriverOptions) -> KernelPlace? = { _ in nil },
    attachment: Attachment
  ) {
    self.name = name
    self.parts = parts
    self.measures = measures
    self.source = source
    self.minimumInterval = minimumInterval
    self.options = options
    self.conflict = conflict
    self.channels = channels
    self.place = place
    self.attachment = attachment
  }
}

/// There is one for each name.
extension Chip: Hashable {
  package static func == (a: Chip, b: Chip) -> Bool { a.name == b.name }
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// Several things that one chip measures. Each can be a sensor of its own, also all of them at one address. A driver of such a
/// chip keeps nothing in it from one sample to the next that another channel's would not bear.
package struct ChipChannels: Sendable {
  /// The option that names one.
  package let option: String
  package let names: [String]
  /// When nothing is said; nil: it has to be said.
  package let usual: String?
  /// The option that names another channel which a sensor needs beside its own, and shares with its like only; nil: none does.
  package let auxiliary: String?

  package init(option: String, names: [String], usual: String? = nil, auxiliary: String? = nil) {
    self.option = option
    self.names = names
    self.usual = usual
    self.auxiliary = auxiliary
  }

  /// Each as an option and its value.
  package var choices: [(option: String, name: String)] { names.map { (option, $0) } }

  /// Which one a sensor with these options is; nil: they do not say it.
  package func name(in options: DriverOptions) -> String? { options.text(option) ?? usual }

  /// The other one that it needs; nil: none.
  package func auxiliary(in options: DriverOptions) -> String? { auxiliary.flatMap(options.text) }
}

/// What a chip hangs on, and how its driver is made.
package enum Attachment: Sendable {
  case i2c(addresses: [ClosedRange<UInt8>], make: @Sendable (any I2CBus, I2CAddress, DriverOptions) -> any Sensor)
  /// `bus` names the thread that the sensor shares with its like: `w1` conversions are slow and wait for each other.
  case sysfs(bus: String, make: @Sendable (any Sysfs, DriverOptions) -> any Sensor)
  /// `isSlow`: a sample lasts long, so it gets a thread of its own.
  case gpio(isSlow: Bool, make: @Sendable (any GPIOBank, DriverOptions) -> any Sensor)
}

/// An option that a driver takes from `devices.yaml`.
package struct DriverOption: Sendable {
  package enum Shape: Sendable {
    case text
    case boolean
    case integer(ClosedRange<Int>)
    case duration(ClosedRange<Duration>)
    case choice([String])
    /// Text that must satisfy `accepts`; `example` shows the form.
    case pattern(example: String, accepts: @Sendable (String) -> Bool)
  }

  package let name: String
  package let shape: Shape
  package let isRequired: Bool
  /// One line for a person.
  package let meaning: String

  package init(_ name: String, _ shape: Shape, required: Bool = false, meaning: String) {
    self.name = name
    self.shape = shape
    isRequired = required
    self.meaning = meaning
  }
}

/// The options of one sensor, already checked against the chip's `DriverOption`s.
package struct DriverOptions: Hashable, Sendable {
  package enum Value: Hashable, Sendable {
    case text(String)
    case boolean(Bool)
    case integer(Int)
    case duration(Duration)
  }

  package var values: [String: Value]

  package init(_ values: [String: Value] = [:]) { self.values = values }

  package func text(_ name: String) -> String? {
    if case .text(let text) = values[name] { text } else { nil }
  }
  package func boolean(_ name: String) -> Bool? {
    if case .boolean(let flag) = values[name] { flag } else { nil }
  }
  package func duration(_ name: String) -> Duration? {
    if case .duration(let duration) = values[name] { duration } else { nil }
  }
  package func integer(_ name: String) -> Int? {
    if case .integer(let number) = values[name] { number } else { nil }
  }
}
