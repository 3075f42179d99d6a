import Telemetry

/// One entry of the catalog: everything the rest of fieldpost knows about a driver.
package struct Chip: Sendable {
  /// The value of `driver:` in `devices.yaml`: `tmp102`.
  package let name: String
  /// The part numbers as printed on breakout boards.
  package let parts: [String]
  /// The measured quantities, the main one first.
  package let measures: [Quantity.Kind]
  /// The source of the driver's knowledge: datasheet title and revision, or the kernel's documentation.
  package let source: String
  /// The shortest useful sampling interval. Below it the chip is still converting, or heats itself.
  package let minimumInterval: Duration
  /// The options of this chip beside `driver:`, in addition to those of every sensor.
  package let options: [DriverOption]
  /// The reason why these options cannot be combined; nil if they can. For rules that the shape of a single option
  /// cannot express.
  package let conflict: @Sendable (DriverOptions) -> String?
  /// The channels that tell several sensors on one chip apart; nil: one chip is one sensor.
  package let channels: ChipChannels?
  /// For chips that the kernel reads: the device or file that these options name, so that two sensors do not read the
  /// same one.
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

/// Chips are equal if their names are: each name exists only once.
extension Chip: Hashable {
  package static func == (a: Chip, b: Chip) -> Bool { a.name == b.name }
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// The channels of a chip that measures several things. Each channel can be a sensor of its own, even all of them at
/// one address. The driver of such a chip leaves nothing in the chip between samples that would disturb another
/// channel's driver.
package struct ChipChannels: Sendable {
  /// The option that selects a channel.
  package let option: String
  package let names: [String]
  /// The channel that applies without the option; nil: the option is required.
  package let usual: String?
  /// The option that names a second channel, which a sensor needs beside its own. Only sensors that need it for the
  /// same purpose may share that channel. Nil: no sensor needs one.
  package let auxiliary: String?

  package init(option: String, names: [String], usual: String? = nil, auxiliary: String? = nil) {
    self.option = option
    self.names = names
    self.usual = usual
    self.auxiliary = auxiliary
  }

  /// Each channel as an option and its value.
  package var choices: [(option: String, name: String)] { names.map { (option, $0) } }

  /// The channel of a sensor with these options; nil: the options do not name one.
  package func name(in options: DriverOptions) -> String? { options.text(option) ?? usual }

  /// The second channel that the sensor needs; nil: none.
  package func auxiliary(in options: DriverOptions) -> String? { auxiliary.flatMap(options.text) }
}

/// The kind of bus that a chip is connected to, and the factory of its driver.
package enum Attachment: Sendable {
  case i2c(addresses: [ClosedRange<UInt8>], make: @Sendable (any I2CBus, I2CAddress, DriverOptions) -> any Sensor)
  /// `bus` names the thread that the sensor shares with others of its kind: `w1` conversions are slow and wait for each
  /// other.
  case sysfs(bus: String, make: @Sendable (any Sysfs, DriverOptions) -> any Sensor)
  /// `isSlow`: a sample takes long, so the sensor gets a thread of its own.
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
  /// A one-line explanation for the user.
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
