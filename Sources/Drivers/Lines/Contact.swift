import Glibc
import Telemetry

/// A contact on a GPIO line: a door switch, a float, a relay. Active means closed.
///
/// Source: Linux, Documentation/userspace-api/gpio. A switch to ground needs `bias: pull_up` and `active_low: true`.
///
/// The line's edges carry the kernel's time stamps, which say when the contact changed. They also wake the caller: a
/// change becomes a reading at once, and `every` is only the heartbeat. To debounce the contact, its level counts only
/// once there has been no edge for `debounce`. A contact that closes and opens again within that time is not seen.
struct Contact: Sensor {
  private static let usualDebounce = 30
  /// After this many times `debounce` the level is taken as it is, as suspect.
  private static let patience = 10

  let bank: any GPIOBank
  let request: LineRequest?
  let debounce: Duration
  private var line: (any GPIOLine)?
  private var last: Bool?

  init(bank: any GPIOBank, options: DriverOptions) {
    self.bank = bank
    debounce = .milliseconds(options.integer("debounce_ms") ?? Self.usualDebounce)
    request = Self.selector(options).map { selector in
      LineRequest(
        line: selector, bias: Self.bias(options.text("bias")), activeLow: options.boolean("active_low") ?? false,
        hasEdges: true)
    }
  }

  var wakeUp: WakeUp? { line?.wakeUp }

  mutating func start() throws(SensorError) {
    guard let request else { throw .notFound(Self.whichLine) }
    // The line may still be held from before the fault. It must be released before it is requested again.
    (line, last) = (nil, nil)
    do {
      line = try take(request)
    } catch {
      throw .bus(error)
    }
  }

  private func take(_ request: LineRequest) throws(BusError) -> any GPIOLine {
    do {
      return try bank.input(request)
    } catch {
      // A GPIO expander without an interrupt has no edges: the kernel returns ENXIO. Then only `every` decides when the
      // contact is sampled.
      guard error.kind == .unsupported || error.code == ENXIO else { throw error }
    }
    return try bank.input(LineRequest(line: request.line, bias: request.bias, activeLow: request.activeLow))
  }

  mutating func sample() throws(SensorError) -> Sample {
    guard let line else { throw .notFound("the line was not taken") }
    do {
      let (edges, isQuiet) = try settled(line)
      let isClosed = try line.isActive()
      let hasChanged = last.map { $0 != isClosed } ?? false
      last = isClosed
      let began = hasChanged ? Self.beginning(of: edges, gap: debounce) : nil
      return Sample(
        [.contact(isClosed)], quality: isQuiet ? .good : .suspect, age: began.map { bank.now - $0 } ?? .zero)
    } catch {
      throw .bus(error)
    }
  }

  /// Waits until there has been no edge for `debounce`. Returns the times of all edges, oldest first; `isQuiet` is
  /// false if the contact kept bouncing.
  private func settled(_ line: any GPIOLine) throws(BusError) -> (edges: [Uptime], isQuiet: Bool) {
    var edges: [Uptime] = []
    for _ in 0..<Self.patience {
      edges += try line.edges().map(\.at)
      guard let newest = edges.last, bank.now - newest < debounce else { return (edges, true) }
      bank.pause(newest + debounce - bank.now)
    }
    return (edges, false)
  }

  /// The beginning of the last burst of edges that are less than `gap` apart; nil: there are no edges.
  static func beginning(of edges: [Uptime], gap: Duration) -> Uptime? {
    guard var first = edges.last else { return nil }
    for earlier in edges.dropLast().reversed() where first - earlier < gap { first = earlier }
    return first
  }

  static let whichLine = "it needs `line`, or `chip` and `offset`"

  static func selector(_ options: DriverOptions) -> LineSelector? {
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
  /// The options that name a line. A chip with these options uses `lineConflict` as its `conflict`.
  static let lineOptions = [
    DriverOption("line", .text, meaning: "the line's name, for example GPIO17"),
    DriverOption("chip", .text, meaning: "the GPIO chip's label, for example pinctrl-bcm2711; with `offset`"),
    DriverOption("offset", .integer(0...1023), meaning: "the line's number on `chip`"),
  ]

  @Sendable static func lineConflict(_ options: DriverOptions) -> String? {
    guard selector(options) == nil else { return nil }
    let advice =
      switch (options.text("line"), options.text("chip"), options.integer("offset")) {
      case (let line?, _?, nil) where line.allSatisfy(\.isNumber): "; with `chip` the number is `offset: \(line)`"
      case (_?, _?, _): "; a line's name needs no `chip`"
      case (_?, nil, _?): "; a line's name needs no `offset`"
      default: ""
      }
    return whichLine + advice
  }

  static let chips = [
    Chip(
      name: "contact", parts: ["switch", "reed contact", "float switch"], measures: [.contact],
      source: "Linux GPIO character device, Documentation/userspace-api/gpio", minimumInterval: .milliseconds(100),
      options: lineOptions + [
        DriverOption(
          "bias", .choice(["as_is", "pull_up", "pull_down", "disabled"]),
          meaning: "the chip's own resistor; as_is leaves what is set"),
        DriverOption("active_low", .boolean, meaning: "true when a low level means closed, as with a switch to ground"),
        DriverOption(
          "debounce_ms", .integer(1...1_000), meaning: "how long a new level must last; 30 when nothing is said"),
      ],
      conflict: lineConflict,
      attachment: .gpio(isSlow: false) { bank, options in Contact(bank: bank, options: options) })
  ]
}
