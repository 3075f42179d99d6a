import Telemetry

/// The kernel device, file or GPIO line that a sensor reads, as its options name it. One device can have several names.
package enum KernelPlace: Hashable, Sendable {
  /// `channel`: the channel of a chip with several; nil: the chip has only one.
  case oneWire(device: String, driver: String, channel: String?)
  /// `device`, `input` and `label`: nil if not given.
  case hwmon(name: String, device: String?, input: String?, label: String?)
  /// `channel`: empty if not given.
  case iio(name: String, device: String?, channel: String)
  case zone(String)
  /// Several sensors can read the same number from a file and scale it differently.
  case file(path: String, scale: String, offset: String)
  case line(LineSelector)

  /// Whether both are certainly the same place. A name without a device stands for the only device of that name.
  package func isSame(as other: KernelPlace) -> Bool {
    switch (self, other) {
    case (.oneWire(let a, let driver, let channel), .oneWire(let b, let otherDriver, let otherChannel)):
      a == b && (driver != otherDriver || channel == otherChannel)
    case (
      .hwmon(let a, let device, let input, let label), .hwmon(let b, let otherDevice, let otherInput, let otherLabel)
    ):
      a == b && Self.canAgree(device, otherDevice) && Self.canAgree(input, otherInput)
        && Self.canAgree(label, otherLabel)
        && (input != nil && input == otherInput || label != nil && label == otherLabel)
    case (.iio(let a, let device, let channel), .iio(let b, let otherDevice, let otherChannel)):
      a == b && Self.canAgree(device, otherDevice) && channel == otherChannel
    default: self == other
    }
  }

  private static func canAgree(_ a: String?, _ b: String?) -> Bool { a == nil || b == nil || a == b }

  /// The quantity that the name of this place implies. Nil: only the device knows what it measures.
  package var quantity: Quantity.Kind? {
    switch self {
    case .hwmon(_, _, let input?, _): input.hasPrefix("humidity") ? .humidity : .temperature
    case .iio(_, _, let channel) where channel.hasPrefix("humidity"): .humidity
    case .iio(_, _, let channel) where channel.hasPrefix("pressure"): .pressure
    default: nil
    }
  }

  /// The option that names the place, where a message about it belongs.
  package var key: String {
    switch self {
    case .oneWire: "device"
    case .hwmon, .iio: "name"
    case .zone: "zone"
    case .file: "path"
    case .line(.name): "line"
    case .line(.chip): "chip"
    }
  }
}

extension KernelPlace: CustomStringConvertible {
  /// `temp1 of tmp105 on 1-0048`.
  package var description: String {
    switch self {
    case .oneWire(let device, _, let channel): (channel.map { "\($0) of " } ?? "") + device
    case .hwmon(let name, let device, let input, let label):
      [input, label].compactMap { $0 }.reduce("") { $0.isEmpty ? $1 : "\($0) (\($1))" } + " of \(name)" + on(device)
    case .iio(let name, let device, let channel): (channel.isEmpty ? "" : "\(channel) of ") + name + on(device)
    case .zone(let zone): "the zone \(zone)"
    case .file(let path, _, _): path
    case .line(let line): line.description
    }
  }

  private func on(_ device: String?) -> String { device.map { " on \($0)" } ?? "" }
}

extension Chip {
  /// The place that a sensor of this chip reads with these options. Nil: the chip is on an I²C bus, or the options name
  /// no place.
  package func kernelPlace(_ options: DriverOptions) -> KernelPlace? {
    switch attachment {
    case .i2c: nil
    case .gpio: Contact.selector(options).map { .line($0) }
    case .sysfs: place(options)
    }
  }
}
