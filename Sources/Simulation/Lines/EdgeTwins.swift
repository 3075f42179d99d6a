import Drivers
import Glibc
import Telemetry

/// Adds sensors that signal by edges to GPIO lines.
enum EdgeTwins {
  private static func line(_ options: DriverOptions) -> LineSelector {
    if let name = options.text("line") { return .name(name) }
    return .chip(label: options.text("chip") ?? "", offset: UInt32(clamping: options.integer("offset") ?? 0))
  }

  static func addContact(to gpio: SimulatedGPIO, _ options: DriverOptions, _ twin: ChipInputs) {
    let activeLow = options.boolean("active_low") ?? false
    let line = line(options)
    gpio.drive(line) {
      // A broken wire reads as an open contact, so a disconnection means that the GPIO chip is gone, such as a USB
      // adapter.
      guard twin.script.current != .disconnected else {
        return .failure(BusError(.absent, "read \(line)", code: ENODEV))
      }
      return .success((twin.contact.value(at: twin.time.now()) > 500_000) != activeLow)
    }
  }

  /// The edges that remain under the current fault.
  private static func remaining<Edge>(_ edges: [Edge], _ script: FaultScript) -> [Edge] {
    switch script.current {
    case nil, .slow: edges
    case .lostEdges: edges.enumerated().filter { $0.offset % 3 != 1 }.map(\.element)
    case .noAcknowledge, .garbled, .stuck, .disconnected: []
    }
  }

  // MARK: DHT

  /// A DHT does not answer a start signal that comes too soon or is too short. It sends the values that it measured the
  /// last time.
  static func addDHT(to gpio: SimulatedGPIO, _ options: DriverOptions, _ twin: ChipInputs, isDHT11: Bool) {
    let (start, pause): (Duration, Duration) =
      isDHT11 ? (.milliseconds(18), .seconds(1)) : (.milliseconds(1), .seconds(2))
    var askedAt: Uptime?
    var measured: [UInt8] = [0, 0, 0, 0, 0]
    gpio.answer(on: line(options)) { low in
      let now = twin.time.now()
      guard low >= start, askedAt.map({ now - $0 >= pause }) ?? true else { return [] }
      askedAt = now
      defer { measured = frame(twin, now, isDHT11) }
      return remaining(edges(of: measured), twin.script)
    }
  }

  private static func frame(_ twin: ChipInputs, _ now: Uptime, _ isDHT11: Bool) -> [UInt8] {
    let humidity = UInt16(clamping: twin.humidity.value(at: now) / 100_000)
    let temperature = twin.temperature.value(at: now)
    let magnitude = UInt16(clamping: (abs(temperature) + 50_000) / 100_000)
    let isBelowZero = temperature < 0
    let bytes: [UInt8] =
      isDHT11
      ? [
        UInt8(humidity / 10), UInt8(humidity % 10), UInt8(magnitude / 10),
        UInt8(magnitude % 10) | (isBelowZero ? 0x80 : 0),
      ]
      : [
        UInt8(humidity >> 8), UInt8(humidity & 0xFF), UInt8(magnitude >> 8) | (isBelowZero ? 0x80 : 0),
        UInt8(magnitude & 0xFF),
      ]
    return bytes + [bytes.reduce(0, &+)]
  }

  /// The edges of a frame, counted from the release of the line.
  private static func edges(of bytes: [UInt8]) -> [(isHigh: Bool, after: Duration)] {
    var time = Duration.microseconds(30)
    var edges: [(isHigh: Bool, after: Duration)] = []
    func low(_ low: Int64, high: Int64) {
      edges += [(false, time), (true, time + .microseconds(low))]
      time += .microseconds(low + high)
    }
    low(80, high: 80)
    for byte in bytes {
      for bit in (0..<8).reversed() { low(50, high: byte >> bit & 1 == 1 ? 70 : 27) }
    }
    low(50, high: 0)
    return edges
  }

  // MARK: TMP05

  /// A TMP05: a square wave, whose edges are generated up to now at each call.
  static func addTMP05(to gpio: SimulatedGPIO, _ options: DriverOptions, _ twin: ChipInputs) {
    var (next, isHigh) = (twin.time.now(), true)
    gpio.wave(on: line(options)) { now in
      var edges: [(isHigh: Bool, at: Uptime)] = []
      while next <= now {
        edges.append((isHigh, next))
        // TH is 34 ms; TL depends on the temperature.
        let ratio = (421_000_000 - twin.temperature.value(at: next))
        next = next + (isHigh ? .milliseconds(34) : .nanoseconds(34_000_000 * 751_000 / (ratio / 1_000)))
        isHigh.toggle()
      }
      return remaining(edges, twin.script)
    }
  }
}
