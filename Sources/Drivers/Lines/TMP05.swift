import Telemetry

/// TMP05 and TMP06: a square wave whose high-to-low ratio is the temperature, timed by the kernel's edges. Several
/// whole periods are averaged; a period is about 99 ms at 25 °C (34 ms high, 65 ms low).
///
/// Source: Analog Devices TMP05/TMP06 rev. C, "Conversion Rate" (table 7, nominal: CONV/IN floating) and equation 1,
/// T = 421 - 751 x TH / TL.
struct TMP05: Sensor {
  /// A little more than ten periods of 128 ms, their length at 150 °C.
  private static let listening = Duration.milliseconds(1_300)
  private static let fewest = 4

  let bank: any GPIOBank
  let line: LineSelector?
  private var input: (any GPIOLine)?

  init(bank: any GPIOBank, options: DriverOptions) {
    self.bank = bank
    line = Contact.selector(options)
  }

  mutating func start() throws(SensorError) {
    guard let line else { throw .notFound(Contact.whichLine) }
    input = nil
    do {
      input = try bank.input(LineRequest(line: line, bias: .pullUp, activeLow: false, hasEdges: true))
    } catch {
      throw .bus(error)
    }
  }

  func sample() throws(SensorError) -> Sample {
    guard let input else { throw .notFound("the line was not taken") }
    let edges: [Edge]
    do {
      // Discard the edges since the last sample: some of them are missing.
      _ = try input.edges()
      edges = try collect(input)
    } catch {
      throw .bus(error)
    }
    return Sample([.temperature(try Self.temperature(of: edges))])
  }

  /// Fetches the edges often, because libgpiod 1.6 keeps only sixteen.
  private func collect(_ input: any GPIOLine) throws(BusError) -> [Edge] {
    let step = Duration.milliseconds(100)
    var edges: [Edge] = []
    for _ in 0..<Int(Self.listening.nanoseconds / step.nanoseconds) {
      bank.pause(step)
      edges += try input.edges()
    }
    return edges
  }

  /// The temperature from edges, oldest first. Periods with a missing edge, or with a length that the chip does not
  /// send, are left out.
  static func temperature(of edges: [Edge]) throws(SensorError) -> Temperature {
    var (high, low, periods): (Int64, Int64, Int) = (0, 0, 0)
    for index in edges.indices.dropFirst(2) {
      let (rise, fall, next) = (edges[index - 2], edges[index - 1], edges[index])
      guard rise.isActive, !fall.isActive, next.isActive else { continue }
      let (up, down) = ((fall.at - rise.at).nanoseconds, (next.at - fall.at).nanoseconds)
      guard 15_000_000...65_000_000 ~= up, 25_000_000...160_000_000 ~= down else { continue }
      (high, low, periods) = (high + up, low + down, periods + 1)
    }
    guard periods >= fewest else {
      throw .malformed("\(edges.count) edges with \(periods) whole periods", bytes: [])
    }
    // In microseconds the product does not overflow.
    let micros = 421_000_000 - 751_000_000 * (high / 1_000) / (low / 1_000)
    return try ClosedRange.celsius(-40...150).admit(
      Temperature(microcelsius: (micros + (micros < 0 ? -500 : 500)) / 1_000 * 1_000))
  }

  static let chips = [
    Chip(
      name: "tmp05", parts: ["TMP05", "TMP06"], measures: [.temperature],
      source: "Analog Devices TMP05/TMP06 rev. C", minimumInterval: .seconds(5), options: Contact.lineOptions,
      conflict: Contact.lineConflict,
      attachment: .gpio(isSlow: true) { bank, options in TMP05(bank: bank, options: options) })
  ]
}
