import Telemetry

/// The facts that every chip on I²C has, whatever its driver is.
struct ChipFacts: Sendable {
  /// The value of `driver:` in `devices.yaml`: `tmp102`.
  let name: String
  /// The part numbers as printed on breakout boards.
  let parts: [String]
  /// Title and revision of the datasheet.
  let source: String
  let addresses: [ClosedRange<UInt8>]
}

extension Chip {
  /// The catalog's entry of a chip on I²C. `make` gives its driver, which talks to it by the `I2CDevice`.
  static func i2c(
    _ facts: ChipFacts, measures: [Quantity.Kind], minimumInterval: Duration = .seconds(1),
    options: [DriverOption] = [], conflict: @escaping @Sendable (DriverOptions) -> String? = { _ in nil },
    channels: ChipChannels? = nil, make: @escaping @Sendable (I2CDevice, DriverOptions) -> any Sensor
  ) -> Chip {
    Chip(
      name: facts.name, parts: facts.parts, measures: measures, source: facts.source, minimumInterval: minimumInterval,
      options: options, conflict: conflict, channels: channels,
      attachment: .i2c(addresses: facts.addresses) { bus, address, options in
        make(I2CDevice(bus: bus, address: address), options)
      })
  }
}
