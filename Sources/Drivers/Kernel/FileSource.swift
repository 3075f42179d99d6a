import Telemetry

/// Whether a path leads to configuration, secrets or the memory of a process. Readings go to the broker, so they are
/// never taken from there.
package func isPrivatePlace(_ path: String) -> Bool {
  let parts = path.split(separator: "/")
  guard let first = parts.first else { return false }
  return switch first {
  case "etc": true
  case "run": parts.dropFirst().first == "credentials"
  case "var": parts.dropFirst().starts(with: ["run", "credentials"])
  case "proc":
    parts.dropFirst().first.map { ["self", "thread-self"].contains($0) || $0.allSatisfy(\.isNumber) } ?? false
  default: false
  }
}

/// A number in a file that another program, or a kernel driver of its own, writes. (number + offset) x scale is the
/// temperature in degrees Celsius.
///
/// A reading is as old as the file: its writer may have stopped, and the file would stay.
struct FileSource: Sensor {
  /// From absolute zero to the heat of a furnace.
  private static let allowed = ClosedRange.celsius(-273...2_000)

  let sysfs: any Sysfs
  let path: String
  let offset: SysfsNumber
  let scale: SysfsNumber
  /// An older file is a fault; nil: no file is too old.
  let maximumAge: Duration?
  private var age = FileAge()

  init(sysfs: any Sysfs, options: DriverOptions) {
    self.sysfs = sysfs
    path = options.text("path") ?? ""
    offset = Self.number(options.text("offset")) ?? .zero
    scale = Self.number(options.text("scale")) ?? Self.thousandths
    maximumAge = options.duration("max_age")
  }

  /// The default scale: sysfs temperatures are in thousandths of a degree.
  private static let thousandths = SysfsNumber(Array("0.001".utf8)) ?? .zero

  private static func number(_ text: String?) -> SysfsNumber? { text.flatMap { SysfsNumber(Array($0.utf8)) } }

  /// Only proves that the file can be read.
  mutating func start() throws(SensorError) { _ = try sysfs.attribute(path) }

  mutating func sample() throws(SensorError) -> Sample {
    // Take the age before the content: a file written in between then counts as older than it is, never as newer.
    let age = try checkedAge()
    // `micros` expects thousandths and gets degrees, so the result is in thousandths of a degree.
    let micros = try sysfs.number(path).micros(plus: offset, times: scale)
    let (value, overflow) = (micros ?? .max).multipliedReportingOverflow(by: 1_000)
    return Sample([try temperature(overflow ? nil : value, of: path, allowed: Self.allowed)], age: age)
  }

  private mutating func checkedAge() throws(SensorError) -> Duration {
    let times: FileTimes
    do { times = try sysfs.times(of: path) } catch { throw .bus(error) }
    let age = age.look(times, at: sysfs.now)
    guard let maximumAge, age > maximumAge else { return age }
    throw .malformed(
      "\(path) was written \(brief(age)) ago, and max_age is \(brief(maximumAge)): see whether what writes it still runs",
      bytes: [])
  }

  static let chips = [
    Chip(
      name: "file", parts: ["a number in a file"], measures: [.temperature],
      source: "the file's maker", minimumInterval: .milliseconds(100),
      options: [
        DriverOption(
          "path", .pattern(example: "/run/boiler/temperature", accepts: isPath), required: true,
          meaning: "the file, by its whole path; not below /etc, where secrets are"),
        DriverOption(
          "scale", .pattern(example: "0.001", accepts: isScale),
          meaning: "degrees of one step; 0.001 when nothing is said"),
        DriverOption("offset", .pattern(example: "-273.15", accepts: isNumber), meaning: "is added before"),
        DriverOption(
          "max_age", .duration(.seconds(1)...(.seconds(365 * 86_400))),
          meaning: "a file that was not written for so long is a fault; never when nothing is said"),
      ],
      place: place,
      attachment: .sysfs(bus: "sysfs") { sysfs, options in FileSource(sysfs: sysfs, options: options) })
  ]

  /// A number is the same however it is written.
  @Sendable private static func place(_ options: DriverOptions) -> KernelPlace? {
    guard let path = options.text("path") else { return nil }
    let scale = number(options.text("scale")) ?? thousandths
    let offset = number(options.text("offset")) ?? .zero
    return .file(path: path, scale: scale.plain, offset: offset.plain)
  }

  @Sendable private static func isPath(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard !isPrivatePlace(text) else { return false }
    return text.hasPrefix("/") && parts.count > 1 && parts.dropFirst().allSatisfy { !["", ".", ".."].contains($0) }
  }

  /// A scale of 0, however it is written, would make every number 0 °C.
  @Sendable private static func isScale(_ text: String) -> Bool { number(text).map { $0.digits != 0 } ?? false }

  @Sendable private static func isNumber(_ text: String) -> Bool { SysfsNumber(Array(text.utf8)) != nil }
}
