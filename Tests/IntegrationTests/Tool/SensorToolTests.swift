import Foundation
import TestSupport
import Testing

/// `fieldpost read`, `scan` and `drivers`, as a person uses them.
@Suite("Tools for sensors")
struct SensorToolTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  private func fieldpost(_ arguments: String...) throws -> (status: Int32?, text: String) {
    let program = try Program(programs + "/fieldpost", arguments)
    let status = program.exitStatus()
    return (status, program.lines.joined(separator: "\n"))
  }

  private func configuration(_ sensors: String) throws -> String {
    let path = workplace.path("devices.yaml")
    let text = """
      device: {id: bench}
      uplink: {broker: "mqtt://127.0.0.1:1"}
      buffer: {directory: \(workplace.path("spool"))}
      sensors:
      \(sensors)
      """
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private static let three = """
      - {id: a, driver: tmp105, bus: i2c-1, address: 0x48}
      - {id: b, driver: bme280, bus: i2c-1/mux@0x70/2, address: 0x76}
      - {id: c, driver: ds18b20, device: 28-0316a2795e3c}
    """

  @Test("read shows the bytes, the values, and the message of each sensor, and leaves nothing behind")
  func read() throws {
    let file = try configuration(Self.three)
    let run = try fieldpost("read", "--simulate", file)
    #expect(run.status == 0, "\(run.text)")
    for words in [
      "a: tmp105, i2c-1 0x48", "0x48: write 01 60", "b: bme280, i2c-1/mux@0x70/2 0x76", "0x70: write 04",
      "28-0316a2795e3c/temperature: ", "fieldpost/bench/b {", "\"pressure\":{\"value\":",
    ] {
      #expect(run.text.contains(words), "\(words): \(run.text)")
    }
    #expect(!FileManager.default.fileExists(atPath: workplace.path("spool")))
  }

  @Test("read of one sensor asks no other")
  func readOne() throws {
    let run = try fieldpost("read", "--simulate", "--sensor", "a", try configuration(Self.three))
    #expect(run.status == 0, "\(run.text)")
    #expect(run.text.hasPrefix("a: "), "\(run.text)")
    #expect(!run.text.contains("b: "), "\(run.text)")
  }

  @Test("read of what is not there tells the fault of each, and exits with 1")
  func readNothing() throws {
    let run = try fieldpost("read", "--root", workplace.path("nothing"), try configuration(Self.three))
    #expect(run.status == 1, "\(run.text)")
    #expect(run.text.contains("3 of 3 could not be read"), "\(run.text)")
    #expect(run.text.contains("fault"))
    #expect(run.text.contains("/dev/i2c-1"))
  }

  @Test("read refuses what the file does not have, and a file with mistakes")
  func refused() throws {
    #expect(try fieldpost("read", "--sensor", "x", try configuration(Self.three)).status == 64)
    let run = try fieldpost("read", try configuration("    - {id: a, driver: tmp120}"))
    #expect(run.status == 78)
    #expect(run.text.contains("did you mean"))
  }

  @Test("scan finds the chips of a board, and what it prints to paste is a configuration")
  func scan() throws {
    let wired = """
          - {id: a, driver: tmp117, bus: i2c-1, address: 0x49}
          - {id: b, driver: sht4x, bus: i2c-1, address: 0x44}
          - {id: c, driver: lm75, bus: i2c-2, address: 0x4f}
          - {id: d, driver: ds18b20, device: 28-0316a2795e3c}
          - {id: e, driver: hwmon, name: tmp105}
      """
    let marked = try fieldpost("scan", "--simulate", "--config", try configuration(wired))
    #expect(marked.status == 0, "\(marked.text)")
    for words in ["0x49  tmp117: TMP117", "0x4f  could be lm75", "in the file: a", "in the file: d", "hwmon"] {
      #expect(marked.text.contains(words), "\(words): \(marked.text)")
    }
    // All of them are in the file already.
    #expect(!marked.text.contains("sensors:"))
  }

  @Test("scan of a machine without any of it says so")
  func scanNothing() throws {
    let run = try fieldpost("scan", "--root", workplace.path("nothing"))
    #expect(run.status == 1, "\(run.text)")
    #expect(run.text.contains("none"), "\(run.text)")
    #expect(!run.text.contains("marked as known"), "a configuration that is not there is no mistake: \(run.text)")
    let mistaken = try configuration("    - {id: a, driver: tmp120}")
    let told = try fieldpost("scan", "--root", workplace.path("nothing"), "--config", mistaken)
    #expect(told.text.contains("sensors[0].driver"), "\(told.text)")
    #expect(told.text.contains("no sensor is marked as known; see fieldpost check"), "\(told.text)")
    let bus = try fieldpost("scan", "--root", workplace.path("nothing"), "i2c-1")
    #expect(bus.text.contains("i2c-1\n  stopped"), "\(bus.text)")
    #expect(bus.text.contains("/dev/i2c-1"), "\(bus.text)")
  }

  private static let thermocouple =
    "90 01 40 19 f0 ff ff ff 16 : crc=16 YES\n90 01 40 19 f0 ff ff ff 16 t=25000\n"

  @Test("scan and read know that one chip can be several sensors")
  func channels() throws {
    let chip = "driver: ads1115, bus: i2c-1, address: 0x48, sensor: ntc, series_ohms: 10000"
    let file = try configuration(
      "    - {id: flow, \(chip), input: ain0}\n    - {id: return, \(chip), input: ain3}\n"
        + "    - {id: sky, driver: mlx90614, bus: i2c-1, address: 0x5a}")
    let scan = try fieldpost("scan", "--simulate", "--config", file)
    #expect(scan.text.contains("in the file: flow, return"), "\(scan.text)")
    #expect(scan.text.contains("0x5a  mlx90614"), "\(scan.text)")
    let read = try fieldpost("read", "--simulate", file)
    #expect(read.status == 0, "\(read.text)")
    #expect(read.text.contains("01 c3 83"), "\(read.text)")
    #expect(read.text.contains("01 f3 83"), "\(read.text)")
  }

  @Test("What scan prints to paste is a configuration")
  func paste() throws {
    // The kernel's sensors of a root that the test makes; chips would need a bus.
    let root = workplace.path("root")
    for (path, text) in [
      ("sys/bus/w1/devices/28-0316a2795e3c/temperature", "21500\n"), ("sys/class/hwmon/hwmon0/name", "cpu_thermal\n"),
      ("sys/class/hwmon/hwmon0/temp1_input", "40000\n"), ("sys/class/hwmon/hwmon1/name", "nvme\n"),
      ("sys/class/hwmon/hwmon1/temp2_input", "40000\n"), ("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"),
      ("sys/class/thermal/thermal_zone0/temp", "40000\n"), ("sys/class/hwmon/hwmon2/name", "sht3x\n"),
      ("sys/class/hwmon/hwmon2/temp1_input", "21300\n"), ("sys/class/hwmon/hwmon2/humidity1_input", "45600\n"),
      ("sys/class/hwmon/hwmon2/humidity2_input", "55600\n"), ("sys/bus/iio/devices/iio:device0/name", "mlx90614\n"),
      ("sys/bus/iio/devices/iio:device0/in_temp_object_input", "27090\n"),
      ("sys/bus/iio/devices/iio:device0/in_temp_ambient_input", "23090\n"),
      ("sys/bus/w1/devices/3b-0316a2795e3c/w1_slave", Self.thermocouple),
    ] {
      let file = URL(fileURLWithPath: root).appendingPathComponent(path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let run = try fieldpost("scan", "--root", root)
    for words in [
      "name: mlx90614, channel: object}", "name: mlx90614, channel: ambient}", "name: sht3x}", "input: humidity2}",
      "driver: max31850, device: \"3b-0316a2795e3c\"}", "device: \"3b-0316a2795e3c\", channel: internal}",
    ] {
      #expect(run.text.contains(words), "\(words): \(run.text)")
    }
    #expect(!run.text.contains("humidity1"))
    let snippet = try #require(run.text.range(of: "sensors:\n")).upperBound
    let file = try configuration(run.text[snippet...].split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
    let check = try fieldpost("check", file)
    #expect(check.status == 0, "\(run.text)\n\(check.text)")
    #expect(try fieldpost("read", "--root", root, file).status == 0)
  }

  @Test("The table of drivers in docs is the catalog's")
  func page() throws {
    let text = try String(contentsOfFile: projectFolder + "/docs/drivers.md", encoding: .utf8)
    let (begin, end) = (
      try #require(text.range(of: "<!-- fieldpost drivers --markdown -->\n")),
      try #require(text.range(of: "\n<!-- end -->"))
    )
    let run = try fieldpost("drivers", "--markdown")
    #expect(String(text[begin.upperBound..<end.lowerBound]) == run.text)
  }

  @Test("The page of messages is what the tool says, and one of them can be asked for as the log shows it")
  func messages() throws {
    let file = projectFolder + "/Sources/Manual/MESSAGES.md"
    let page = try String(contentsOfFile: file, encoding: .utf8)
    #expect(try fieldpost("messages", "--markdown").text == page.trimmingCharacters(in: .newlines))
    #expect(try fieldpost("messages", "[sensor-fault]").text.contains("wiring"))
    #expect(try fieldpost("messages", "sensor-falt").status != 0)
  }

  @Test("Many addresses are a range, and few are each named; a chip without a driver is no slip of the pen")
  func addresses() throws {
    #expect(try fieldpost("drivers", "mlx90614").text.contains("0x08 to 0x77\n"))
    #expect(try fieldpost("drivers", "tmp102").text.contains("0x48 0x49 0x4a 0x4b"))
    let other = try fieldpost("drivers", "am2320")
    #expect(other.status != 0, "\(other.text)")
    #expect(other.text.contains("is an I²C chip for which there is no driver"), "\(other.text)")
  }

  @Test("At least forty-five part numbers, each of which finds its driver")
  func parts() throws {
    let run = try fieldpost("drivers", "--markdown")
    let rows = run.text.split(separator: "\n").dropFirst(2).map {
      $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let parts = rows.flatMap { $0[1].split(separator: ", ") }.filter { $0.contains { $0.isNumber } }
    #expect(Set(parts).count >= 45, "\(parts.count)")
    for part in ["BME280", "sht31", "DHT20", "MCP9808"] { #expect(try fieldpost("drivers", part).status == 0) }
  }
}
