import Simulation
import Telemetry
import Testing

@testable import Drivers

@Suite("A number in a file")
struct FileSourceTests {
  private func read(_ text: String, _ options: [String: String] = [:]) throws -> Int64 {
    let sysfs = SimulatedSysfs()
    sysfs.set("/run/t", text: text)
    var values: [String: DriverOptions.Value] = options.mapValues { .text($0) }
    values["path"] = .text("/run/t")
    var sensor = try sensor("file", on: sysfs, values)
    try sensor.start()
    return try #require(try sensor.sample().quantities.first).micros
  }

  @Test(
    "(number + offset) x scale is degrees; without a scale thousandths",
    arguments: [
      ("21500\n", nil, nil, 21_500_000), ("-10250", nil, nil, -10_250_000), ("0", nil, nil, 0),
      ("21.5", "1", nil, 21_500_000),
      ("294.65", "1", "-273.15", 21_500_000), ("1024", "0.0625", nil, 64_000_000), ("512", "-0.1", "-100", -41_200_000),
      ("1", "0.000001", nil, 1_000),
    ] as [(String, String?, String?, Int64)])
  func values(_ text: String, _ scale: String?, _ offset: String?, _ micros: Int64) throws {
    var options: [String: String] = [:]
    options["scale"] = scale
    options["offset"] = offset
    // A step below a thousandth of a degree is rounded away.
    #expect(abs(try read(text, options) - micros) < 1_000 + (scale == "0.000001" ? 1 : 0))
  }

  @Test(
    "What is no number, or no temperature, is a fault",
    arguments: ["", "x", "21.5 C", "nan", "99999999999999999999", "3000000", "-300000"])
  func refused(_ text: String) { #expect(throws: SensorError.self) { try read(text) } }

  @Test(
    "What does not begin like a number may be a secret: its kind and length are told, and none of its bytes",
    arguments: [
      ("hunter2-hunter2\n", "text of 16 bytes"), ("-----BEGIN PRIVATE KEY-----", "text of 27 bytes"),
      ("{\"token\": \"hunter2\"}", "text of 20 bytes"), ("token=hunter2", "text of 13 bytes"),
      ("\u{0}\u{1}hunter2", "binary data of 9 bytes"), ("+-hunter2", "text of 9 bytes"),
      (String(repeating: "hunter2 ", count: 1_000), "text of 4096 bytes or more"),
    ])
  func hidden(_ text: String, _ told: String) throws {
    do {
      _ = try read(String(text.prefix(4_096)))
      Issue.record("taken for a number")
    } catch let error as SensorError {
      #expect("\(error)".hasPrefix("/run/t has \(told), which is no number"), "\(error)")
      #expect(!"\(error)".contains("unter"), "\(error)")
      guard case .malformed(_, let bytes) = error else { return #expect(Bool(false), "\(error)") }
      #expect(bytes.isEmpty, "no dump")
    }
  }

  @Test(
    "What begins like a number may be a secret all the same",
    arguments: ["7correct-horse-battery", "9f86d081884c7d65", "1234567890123456 and more of it", "2024-Sommer!"])
  func secretWithDigits(text: String) throws {
    #expect(try malformedFailure { try read(text) }.hasPrefix("/run/t has text of \(text.utf8.count) bytes"))
  }

  @Test(
    "Where secrets and processes are is no place of readings",
    arguments: [
      ("/etc/x", true), ("/etc", true), ("/run/credentials/fieldpost.service/x", true),
      ("/var/run/credentials/x", true), ("/proc/self/root/etc/x", true), ("/proc/1/environ", true),
      ("/proc/loadavg", false), ("/run/boiler", false), ("/srv/etc/x", false), ("/var/run/boiler", false),
    ])
  func privatePlaces(path: String, isPrivate: Bool) { #expect(isPrivatePlace(path) == isPrivate) }

  @Test("An attribute of the kernel is no secret, and is shown")
  func kernelsText() throws {
    let sysfs = SimulatedSysfs()
    sysfs.set("/sys/class/thermal/x", text: "N/A")
    var sensor = try sensor("file", on: sysfs, ["path": .text("/sys/class/thermal/x")])
    #expect(try malformedFailure { _ = try sensor.sample() } == "/sys/class/thermal/x says \"N/A\", which is no number")
  }

  @Test("What is no number is shown, with nothing in it that could steer a terminal, and with advice")
  func shown() throws {
    #expect(
      try malformedFailure { try read("21,5\u{1B}[J\r\n") }
        == "/run/t says \"21,5?[J\", which is no number: write a point in place of the comma, as in 21.5")
    #expect(try malformedFailure { try read(" \r\n") }.contains("is empty"))
  }

  // MARK: Its age

  /// A file, a wall clock and an uptime, which are turned by hand.
  private final class Desk {
    let sysfs: SimulatedSysfs
    let time = ManualTime()
    var wall: Int64 = 1_000_000
    var sensor: any Sensor

    init(maximumAge: Duration? = nil) throws {
      sysfs = SimulatedSysfs(time: time.source)
      sysfs.set("/run/t", text: "21500\n")
      var options: [String: DriverOptions.Value] = ["path": .text("/run/t")]
      options["max_age"] = maximumAge.map { .duration($0) }
      sensor = try DriversTests.sensor("file", on: sysfs, options)
      sysfs.clock = { [unowned self] in Desk.seconds(self.wall) }
    }

    static func seconds(_ seconds: Int64) -> WallTime { WallTime(nanoseconds: seconds * 1_000_000_000) }
    func write(at seconds: Int64) { sysfs.written["/run/t"] = Self.seconds(seconds) }
    func age() throws -> Duration {
      try sensor.start()
      return try sensor.sample().age
    }
    /// Both clocks.
    func pass(_ seconds: Int64) {
      time.advance(by: .seconds(seconds))
      wall += seconds
    }
  }

  @Test("A sample is as old as the file")
  func age() throws {
    let desk = try Desk()
    desk.write(at: 1_000_000 - 28 * 86_400)
    #expect(try desk.age() == .seconds(28 * 86_400))
    desk.pass(10)
    #expect(try desk.age() == .seconds(28 * 86_400 + 10))
    desk.write(at: desk.wall - 2)
    #expect(try desk.age() == .seconds(2))
  }

  @Test("A wall clock that steps makes no file older, and none younger")
  func clockSteps() throws {
    let desk = try Desk(maximumAge: .seconds(60))
    desk.wall = 100
    desk.write(at: 95)
    #expect(try desk.age() == .seconds(5))
    desk.wall = 1_700_000_000
    desk.pass(10)
    #expect(try desk.age() == .seconds(15))
    desk.write(at: desk.wall)
    #expect(try desk.age() == .zero)
    desk.wall = 100
    desk.pass(30)
    #expect(try desk.age() == .seconds(30))
    desk.pass(31)
    #expect(throws: SensorError.self) { try desk.age() }
  }

  @Test("A time that is yet to come is now: it ages from there, and is too old in the end")
  func future() throws {
    let desk = try Desk(maximumAge: .seconds(60))
    desk.write(at: desk.wall + 5_000_000)
    #expect(try desk.age() == .zero)
    desk.pass(60)
    #expect(try desk.age() == .seconds(60))
    desk.pass(1)
    #expect(throws: SensorError.self) { try desk.age() }
  }

  @Test("What is older than max_age is a fault that says what to look at; what is written again is read again")
  func tooOld() throws {
    let desk = try Desk(maximumAge: .seconds(60))
    desk.write(at: desk.wall - 60)
    #expect(try desk.age() == .seconds(60))
    desk.pass(1)
    let what = try malformedFailure { try desk.age() }
    #expect(what == "/run/t was written 1 min 1 s ago, and max_age is 1 min 0 s: see whether what writes it still runs")
    desk.write(at: desk.wall)
    #expect(try desk.age() == .zero)
  }

  @Test("A file that is not there is absent")
  func absent() throws {
    var sensor = try sensor("file", on: SimulatedSysfs(), ["path": .text("/run/t")])
    #expect(try busFailure { try sensor.start() }.kind == .absent)
  }
}
