import Foundation
import Testing

/// A directory shaped like /sys, without root and without hardware.
@Suite("Sensors that the kernel reads", .serialized)
struct KernelSensorTests {
  let workplace: Workplace
  let broker: Broker
  let subscriber: Subscriber

  static let oneWire = "sys/bus/w1/devices/28-0316a2795bff"
  static let hwmon = "sys/class/hwmon/hwmon3"
  static let sensors = """
      - {id: brine, driver: ds18b20, device: 28-0316a2795bff, every: 1s}
      - {id: cpu, driver: hwmon, name: cpu_thermal, every: 1s}
    """

  init() throws {
    workplace = try Workplace()
    broker = try Broker(workplace)
    subscriber = try Subscriber(port: broker.port)
    try workplace.write("21437\n", to: "\(Self.oneWire)/temperature")
    try workplace.write("cpu_thermal\n", to: "\(Self.hwmon)/name")
    try workplace.write("-10062\n", to: "\(Self.hwmon)/temp1_input")
    try workplace.write("nvme\n", to: "sys/class/hwmon/hwmon0/name")
    try workplace.write("99000\n", to: "sys/class/hwmon/hwmon0/temp1_input")
  }

  private func start() throws -> Program {
    try Daemon.start(
      workplace, configuration: Daemon.configuration(workplace, broker: broker.url, sensors: Self.sensors),
      options: ["--root", workplace.directory])
  }

  @Test("Values keep all their digits, and a sample opens its file exactly once")
  func digits() throws {
    let files = ["\(Self.oneWire)/temperature", "\(Self.hwmon)/temp1_input"].map(workplace.path)
    let opens = try OpenCounter(files)
    let daemon = try start()
    #expect(subscriber.waits { $0.filter { $0.sensor == "brine" }.count >= 3 }, "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    let brine = subscriber.readings(of: "brine")
    let cpu = subscriber.readings(of: "cpu")
    #expect(brine.allSatisfy { $0.value() == 21.437 })
    #expect(cpu.allSatisfy { $0.value() == -10.062 })
    #expect(Audit(subscriber.readings).isPerfect)
    #expect(opens.count(files[0]) == brine.count)
    #expect(opens.count(files[1]) == cpu.count)
  }

  @Test("A sensor that goes away is a fault with a beginning and an end; the others go on")
  func faultAndBack() throws {
    let daemon = try start()
    #expect(subscriber.waits { $0.contains { $0.sensor == "brine" } }, "\(daemon.lines)")
    try FileManager.default.removeItem(atPath: workplace.path(Self.oneWire))
    #expect(daemon.says("brine: cannot be read"), "\(daemon.lines)")
    let before = subscriber.readings(of: "cpu").count
    #expect(subscriber.waits { _ in subscriber.readings(of: "cpu").count >= before + 2 })
    try workplace.write("-55000\n", to: "\(Self.oneWire)/temperature")
    #expect(daemon.says("brine: can be read again"), "\(daemon.lines)")
    #expect(subscriber.waits { $0.contains { $0.sensor == "brine" && $0.value() == -55 } })
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    let events = subscriber.messages.filter { $0.json["concerns"] as? String == "brine" }
    #expect(events.compactMap { $0.json["event"] as? String } == ["sensor_fault", "sensor_recovered"])
    #expect(daemon.lines.filter { $0.contains("brine: cannot") }.count == 1)
    #expect(Audit(subscriber.readings).isPerfect)
  }

  @Test("The power-on value of a DS18B20 is a fault, not a reading")
  func powerOnValue() throws {
    try workplace.write("85000\n", to: "\(Self.oneWire)/temperature")
    let daemon = try start()
    #expect(subscriber.waits { $0.contains { $0.sensor == "cpu" } }, "\(daemon.lines)")
    let first = subscriber.readings(of: "brine").first
    #expect(first?.json["quality"] as? String != "good")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("Without the w1_slave's YES there is no reading")
  func noYes() throws {
    try FileManager.default.removeItem(atPath: workplace.path("\(Self.oneWire)/temperature"))
    try workplace.write(
      "57 01 4b 46 7f ff 09 10 00 : crc=00 NO\n57 01 4b 46 7f ff 09 10 00 t=21437\n", to: "\(Self.oneWire)/w1_slave")
    let daemon = try start()
    #expect(daemon.says("brine: cannot be read"), "\(daemon.lines)")
    #expect(subscriber.waits { $0.filter { $0.sensor == "cpu" }.count >= 2 })
    #expect(subscriber.readings(of: "brine").isEmpty)
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }
}

/// Counts how often files are opened, by inotify.
private final class OpenCounter {
  private let descriptor: Int32
  private var files: [Int32: String] = [:]

  init(_ paths: [String]) throws {
    descriptor = inotify_init1(Int32(O_NONBLOCK))
    for path in paths {
      // Closing is watched too: two equal events in a row would be merged into one.
      let watch = inotify_add_watch(descriptor, path, UInt32(IN_OPEN) | UInt32(IN_CLOSE_NOWRITE))
      try #require(watch >= 0)
      files[watch] = path
    }
  }

  deinit { close(descriptor) }

  private lazy var counts: [String: Int] = {
    var counts: [String: Int] = [:]
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let size = read(descriptor, &buffer, buffer.count), size > 0 {
      var offset = 0
      while offset < size {
        let event = buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: inotify_event.self) }
        if event.mask & UInt32(IN_OPEN) != 0, let file = files[event.wd] { counts[file, default: 0] += 1 }
        offset += MemoryLayout<inotify_event>.size + Int(event.len)
      }
    }
    return counts
  }()

  /// Once the program that opens them has ended.
  func count(_ path: String) -> Int { counts[path] ?? 0 }
}
