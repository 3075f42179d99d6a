import Telemetry

/// DHT11, and DHT22 (AM2302): humidity and temperature over one wire, timed by the kernel's edges. This is best effort:
/// the kernel handles an edge only after the previous one, so some frames are lost on a busy board. The kernel's own
/// driver (`dtoverlay=dht11`, then `driver: iio`) is more reliable, and an I²C chip more so.
///
/// Source: Aosong AM2302 product manual and DHT11 manual. The host holds the line low (DHT22 at least 1 ms, DHT11
/// 18 ms). The chip answers with 80 µs low, 80 µs high, and forty bits of 50 µs low and 26 … 28 µs (0) or 70 µs (1)
/// high. It sends what it measured at the previous request.
struct DHT: Sensor {
  struct Variant: Sendable {
    let name: String
    let parts: [String]
    let isDHT11: Bool
    let start: Duration
    /// The minimum time between two requests.
    let pause: Duration
  }

  private static let tries = 3
  /// How long the answer is listened for. A frame takes 5 ms.
  private static let listening = Duration.milliseconds(12)

  let bank: any GPIOBank
  let line: LineSelector?
  let variant: Variant
  private var askedAt: Uptime?

  init(bank: any GPIOBank, options: DriverOptions, variant: Variant) {
    self.bank = bank
    line = Contact.selector(options)
    self.variant = variant
  }

  /// The first answer is as old as the last request before it, whose time is unknown, so it is discarded.
  mutating func start() throws(SensorError) { _ = try ask() }

  mutating func sample() throws(SensorError) -> Sample {
    var tries = Self.tries
    while true {
      do throws(SensorError) {
        return try DHTFrame.sample(ask(), isDHT11: variant.isDHT11)
      } catch {
        tries -= 1
        if case .bus = error { throw error }
        guard tries > 0 else { throw error }
      }
    }
  }

  /// Waits if necessary: the chip does not answer too soon after the last request, even if that one failed.
  private mutating func ask() throws(SensorError) -> [UInt8] {
    guard let line else { throw .notFound(Contact.whichLine) }
    if let askedAt, bank.now - askedAt < variant.pause { bank.pause(variant.pause - (bank.now - askedAt)) }
    defer { askedAt = bank.now }
    let edges: [Edge]
    do {
      let output = try bank.output(line, high: false)
      bank.pause(variant.start)
      edges = try output.listen(.pullUp, for: Self.listening)
    } catch {
      throw .bus(error)
    }
    return try DHTFrame.bytes(of: edges.map(\.at.nanoseconds))
  }
}

/// Decodes the edges of one answer.
enum DHTFrame {
  private static let bits = 40
  /// The time from one falling edge to the next: 76 … 78 µs are a 0, 120 µs a 1.
  private static let threshold: Int64 = 100_000
  private static let possible: ClosedRange<Int64> = 55_000...165_000

  /// `times`: the times of the edges, in nanoseconds, ascending. Their directions are not used, because the kernel
  /// reads them late. The forty bits are counted from the end, so a lost beginning does not matter.
  static func bytes(of times: [Int64]) throws(SensorError) -> [UInt8] {
    guard times.count > 2 * bits else {
      throw .malformed("\(times.count) edges, and a frame has 84: no answer, or a busy board", bytes: [])
    }
    var fault: SensorError?
    // The very last edge ends the low level after the last bit. It may be missing.
    for last in [times.count - 2, times.count - 1] {
      do throws(SensorError) {
        return try bytes(of: times, last: last)
      } catch {
        fault = fault ?? error
      }
    }
    throw fault ?? .malformed("no frame", bytes: [])
  }

  /// `last`: the index of the falling edge after the last bit.
  private static func bytes(of times: [Int64], last: Int) throws(SensorError) -> [UInt8] {
    let first = last - 2 * bits
    guard first >= 0 else { throw .malformed("the beginning of the frame is missing", bytes: []) }
    var bytes = [UInt8](repeating: 0, count: 5)
    for bit in 0..<bits {
      let length = times[first + 2 * bit + 2] - times[first + 2 * bit]
      guard possible.contains(length) else {
        throw .malformed("a bit of \(length / 1_000) µs: edges are missing", bytes: bytes)
      }
      bytes[bit / 8] = bytes[bit / 8] << 1 | (length > threshold ? 1 : 0)
    }
    let sum = bytes.dropLast().reduce(0, &+)
    guard sum == bytes[4] else { throw .checksum(received: bytes[4], computed: sum, bytes: bytes) }
    return bytes
  }

  /// A humidity of exactly 0 is what a broken sensing element gives; no air is that dry.
  static func sample(_ bytes: [UInt8], isDHT11: Bool) throws(SensorError) -> Sample {
    // A frame of zeros has a valid checksum.
    guard bytes.contains(where: { $0 != 0 }) else { throw .malformed("a frame of zeros", bytes: bytes) }
    let (humidity, temperature) = isDHT11 ? try eleven(bytes) : twentyTwo(bytes)
    guard 0...1_000 ~= humidity else {
      throw .outOfRange(
        .humidity(RelativeHumidity(millipercent: humidity * 100)),
        allowed: .humidity(RelativeHumidity(micropercent: 0))...(.humidity(RelativeHumidity(micropercent: 100_000_000)))
      )
    }
    let range = isDHT11 ? ClosedRange.celsius(-20...60) : .celsius(-40...80)
    return Sample(
      [
        .temperature(try range.admit(Temperature(millicelsius: temperature * 100))),
        .humidity(RelativeHumidity(millipercent: humidity * 100)),
      ], quality: humidity == 0 ? .suspect : .good)
  }

  /// In tenths. Units and tenths are in separate bytes; newer chips have the sign in the top bit of the tenths.
  private static func eleven(_ bytes: [UInt8]) throws(SensorError) -> (humidity: Int64, temperature: Int64) {
    let tenths = bytes[3] & 0x7F
    guard bytes[1] < 10, tenths < 10 else { throw .malformed("tenths above nine: is it a DHT22?", bytes: bytes) }
    let magnitude = Int64(bytes[2]) * 10 + Int64(tenths)
    return (Int64(bytes[0]) * 10 + Int64(bytes[1]), bytes[3] & 0x80 == 0 ? magnitude : -magnitude)
  }

  /// In tenths. Sign and magnitude. Some clones send two's complement; no valid temperature begins with FF.
  private static func twentyTwo(_ bytes: [UInt8]) -> (humidity: Int64, temperature: Int64) {
    let word = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    let humidity = Int64(bytes[0]) << 8 | Int64(bytes[1])
    if bytes[2] == 0xFF { return (humidity, Int64(Int16(bitPattern: word))) }
    let magnitude = Int64(word & 0x7FFF)
    return (humidity, word & 0x8000 == 0 ? magnitude : -magnitude)
  }
}

extension DHT {
  private static let variants = [
    Variant(
      name: "dht11", parts: ["DHT11"], isDHT11: true, start: .milliseconds(19), pause: .milliseconds(1_100)),
    Variant(
      name: "dht22", parts: ["DHT22", "AM2302", "AM2301"], isDHT11: false, start: .milliseconds(2),
      pause: .milliseconds(2_100)),
  ]

  static let chips = variants.map { variant in
    Chip(
      name: variant.name, parts: variant.parts, measures: [.temperature, .humidity],
      source: "Aosong AM2302 and DHT11 manuals; best effort, the kernel's driver or an I²C chip is better",
      minimumInterval: .seconds(10), options: Contact.lineOptions, conflict: Contact.lineConflict,
      attachment: .gpio(isSlow: true) { bank, options in DHT(bank: bank, options: options, variant: variant) })
  }
}

extension Chip {
  /// True: the readings depend on the times of edges, which a busy system sees late. Some samples fail although nothing
  /// is wrong.
  package var isBestEffort: Bool { name == "dht11" || name == "dht22" }
}
