import Telemetry

/// A contact on a GPIO line: a door switch, a float, a relay. Its level at the moment of the sample; active is closed.
///
/// Source: Linux, Documentation/userspace-api/gpio. A switch to ground wants `bias: pull_up` and `active_low: true`.
struct Contact: Sensor {
  let bank: any GPIOBank
  let request: LineRequest?
  private var line: (any GPIOLine)?

  init(bank: any GPIOBank, options: DriverOptions) {
    self.bank = bank
    request = Self.selector(options).map { selector in
      LineRequest(
        line: selector, bias: Self.bias(options.text("bias")), activeLow: options.boolean("active_low") ?? false)
    }
  }

  mutating func start() throws(SensorError) {
    guard let request else { throw .notFound(Self.whichLine) }
    // The line may still be ours from before the fault: it must be given back before it is asked for again.
    line = nil
    do {
      line = try bank.input(request)
    } catch {
      throw .bus(error)
    }
  }

  func sample() throws(SensorError) -> Sample {
    guard let line else { throw .notFound("the line was not taken") }
    do {
      return Sample([.contact(try line.isActive())])
    } catch {
      throw .bus(error)
    }
  }

  private static let whichLine = "a contact needs `line`, or `chip` and `offset`"

  private static func selector(_ options: DriverOptions) -> LineSelector? {
    switch (options.text("line"), options.text("chip"), options.integer("offset")) {
    case (let name?, nil, nil): .name(name)
    case (nil, let label?, let offset?): UInt32(exactly: offset).map { .chip(label: label, offset: $0) }
    default: nil
    }
  }

  private static func bias(_ name: String?) -> LineBias {
    switch name {
    case "pull_up": .pullUp
    case "pull_down": .pullDown
    case "disabled": .disabled
    default: .asIs
    }
  }
}

extension Contact {
  static let chips = [
    Chip(
      name: "contact", parts: ["switch", "reed contact", "float switch"], measures: [.contact],
      source: "Linux GPIO character device, Documentation/userspace-api/gpio", minimumInterval: .milliseconds(100),
      options: [
        DriverOption("line", .text, meaning: "the line's name, for example GPIO17"),
        DriverOption("chip", .text, meaning: "the GPIO chip's label, for example pinctrl-bcm2711; with `offset`"),
        DriverOption("offset", .integer(0...1023), meaning: "the line's number on `chip`"),
        DriverOption(
          "bias", .choice(["as_is", "pull_up", "pull_down", "disabled"]),
          meaning: "the chip's own resistor; as_is leaves what is set"),
        DriverOption("active_low", .boolean, meaning: "true when a low level means closed, as with a switch to ground"),
      ],
      conflict: { selector($0) == nil ? whichLine : nil },
      attachment: .gpio { bank, options in Contact(bank: bank, options: options) })
  ]
}
