import Foundation
import Testing

/// What `scan` and `read` say of buses that are switched off, on a board made of files.
@Suite("Buses that are off")
struct ScanWordsTests {
  let workplace: Workplace
  private var root: String { workplace.path("root") }
  private let pi = "Raspberry Pi 4 Model B Rev 1.4\0"

  init() throws { workplace = try Workplace() }

  private func fieldpost(_ arguments: [String]) throws -> (status: Int32?, text: String) {
    let program = try Program(programs + "/fieldpost", arguments)
    let status = program.exitStatus()
    return (status, program.lines.joined(separator: "\n"))
  }

  /// A board of this model with these files; nil: one that does not say.
  private func board(_ model: String?, _ files: String...) throws {
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    if let model { try workplace.write(model, to: "root/sys/firmware/devicetree/base/model") }
    for file in files { try workplace.write("", to: "root/" + file) }
  }

  private let i2cLine = "add the line dtparam=i2c_arm=on to /boot/firmware/config.txt"
  private let oneWireLine = "add the line dtoverlay=w1-gpio to /boot/firmware/config.txt"

  @Test("On a Raspberry Pi with nothing switched on: both lines of config.txt, and exit status 1")
  func allOff() throws {
    try board(pi)
    let scan = try fieldpost(["scan", "--root", root])
    #expect(scan.status == 1, "\(scan.text)")
    #expect(scan.text.contains(i2cLine), "\(scan.text)")
    #expect(scan.text.contains(oneWireLine), "\(scan.text)")
  }

  @Test("The buses of a Raspberry Pi's displays are not the one on its pins")
  func displays() throws {
    try board(pi, "dev/i2c-20", "dev/i2c-21", "sys/class/thermal/thermal_zone0/x")
    #expect(try fieldpost(["scan", "--root", root]).text.contains(i2cLine))
    try board(pi, "dev/i2c-1")
    #expect(!(try fieldpost(["scan", "--root", root]).text.contains("i2c_arm")))
  }

  @Test("A bus that the kernel has and /dev has not needs a module, not a line of config.txt")
  func module() throws {
    try board(pi, "sys/class/i2c-adapter/i2c-1/name")
    let scan = try fieldpost(["scan", "--root", root])
    #expect(scan.text.contains("no /dev/i2c-1: sudo modprobe i2c-dev"), "\(scan.text)")
    #expect(!scan.text.contains("i2c_arm"), "\(scan.text)")
  }

  @Test("A 1-Wire bus that is on and has no thermometer is another fault than one that is off")
  func emptyBus() throws {
    try board(pi, "sys/bus/w1/devices/w1_bus_master1/w1_master_name")
    let scan = try fieldpost(["scan", "--root", root])
    #expect(scan.text.contains("no thermometer answers"), "\(scan.text)")
    #expect(!scan.text.contains("w1-gpio"), "\(scan.text)")
    try workplace.write("21500\n", to: "root/sys/bus/w1/devices/28-0316a2795e3c/temperature")
    let found = try fieldpost(["scan", "--root", root])
    #expect(found.status == 0, "\(found.text)")
    #expect(!found.text.contains("1-Wire"), "\(found.text)")
  }

  @Test("Other boards are not told of a file that they do not have", arguments: ["Orange Pi Zero3\0", nil])
  func otherBoards(_ model: String?) throws {
    try board(model)
    let scan = try fieldpost(["scan", "--root", root])
    #expect(scan.status == 1, "\(scan.text)")
    #expect(!scan.text.contains("config.txt"), "\(scan.text)")
    #expect(scan.text.contains("modprobe i2c-dev"), "\(scan.text)")
    #expect(scan.text.contains("no 1-Wire bus is there"), "\(scan.text)")
    if let model { #expect(scan.text.contains(model.dropLast())) }
  }

  @Test("The fault of a sensor says the same, and the bytes on its bus are no longer for that")
  func read() throws {
    let file = try workplace.write(
      Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1:1",
        sensors: """
            - {id: wire, driver: ds18b20, device: 28-0316a2795e3c}
            - {id: chip, driver: tmp102, bus: i2c-1, address: 0x48}
          """), to: "devices.yaml")
    try board(pi)
    let off = try fieldpost(["read", "--root", root, file])
    #expect(off.status == 1, "\(off.text)")
    #expect(off.text.contains(i2cLine), "\(off.text)")
    #expect(off.text.contains(oneWireLine), "\(off.text)")
    #expect(!off.text.contains("devicetree"), "\(off.text)")
    try board(pi, "sys/bus/w1/devices/w1_bus_master1/w1_master_name")
    let on = try fieldpost(["read", "--root", root, file])
    #expect(on.text.contains("28-0316a2795e3c is not on the 1-Wire bus"), "\(on.text)")
    #expect(!on.text.contains("w1-gpio"), "\(on.text)")
  }
}
