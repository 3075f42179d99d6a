import Drivers
import Foundation
import Testing

@testable import Linux

@Suite("Opening an I2C bus")
struct I2COpenTests {
  let root: FakeRoot

  init() throws { root = try FakeRoot() }

  private func expectFailure(_ kind: BusError.Kind, _ code: Int32, sourceLocation: SourceLocation = #_sourceLocation) {
    do throws(BusError) {
      _ = try KernelI2CBus(bus: "i2c-1", root: root.path)
      Issue.record("it was opened", sourceLocation: sourceLocation)
    } catch {
      #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
      #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
      #expect(error.operation.hasPrefix("open \(root.path)/dev/i2c-1"), "\(error)", sourceLocation: sourceLocation)
    }
  }

  @Test("A bus that is not there is absent")
  func missing() throws {
    try root.makeDirectory("/dev")
    expectFailure(.absent, ENOENT)
  }

  @Test("So is one on a machine without /dev")
  func noDirectory() { expectFailure(.absent, ENOENT) }

  @Test("A plain file is no bus")
  func plainFile() throws {
    try root.write("", to: "/dev/i2c-1")
    expectFailure(.unsupported, ENOTTY)
  }

  @Test("Another device is no bus, though it can be opened", arguments: ["/dev/null", "/dev/zero"])
  func anotherDevice(path: String) throws {
    try root.link("/dev/i2c-1", to: path)
    expectFailure(.unsupported, ENOTTY)
  }

  @Test("A directory is no bus")
  func directory() throws {
    try root.makeDirectory("/dev/i2c-1")
    expectFailure(.failed, EISDIR)
  }

  @Test("A bus that may not be opened is denied", .enabled(if: mayBeDenied))
  func denied() throws {
    try root.write("", to: "/dev/i2c-1")
    try root.setMode(0, of: "/dev/i2c-1")
    expectFailure(.denied, EACCES)
  }

  @Test("What turns out to be no bus is closed again")
  func noLeak() throws {
    try root.write("", to: "/dev/i2c-1")
    expectFailure(.unsupported, ENOTTY)
    #expect(try root.descriptors(on: "/dev/i2c-1") == 0)
  }

  @Test("The error tells a technician which file, what about it, and the errno")
  func text() throws {
    do throws(BusError) {
      _ = try KernelI2CBus(bus: "i2c-1", root: root.path)
      Issue.record("a bus that is not there was opened")
    } catch {
      #expect(
        "\(error)"
          == "open \(root.path)/dev/i2c-1: not there (ENOENT): no I²C bus is there: the kernel module makes the "
          + "/dev/i2c-*: sudo modprobe i2c-dev; a board may have to switch its bus on in its device tree first")
    }
  }

  @Test("What to do about a bus that is not there depends on the board, and on what else is there")
  func advice() throws {
    func said() -> String {
      do throws(BusError) {
        _ = try KernelI2CBus(bus: "i2c-1", root: root.path)
        return ""
      } catch {
        return "\(error)"
      }
    }
    try root.write("Raspberry Pi Zero 2 W Rev 1.0\0", to: "/sys/firmware/devicetree/base/model")
    #expect(said().contains("I²C is off: add the line dtparam=i2c_arm=on to /boot/firmware/config.txt"))
    try root.write("Banana Pi\0", to: "/sys/firmware/devicetree/base/model")
    #expect(said().contains("this board (Banana Pi)"))
    #expect(!said().contains("config.txt"))
    try root.write("", to: "/dev/i2c-20")
    #expect(said().contains("there are i2c-20; on the pins of a Raspberry Pi it is i2c-1"))
  }

  @Test("Who may not open it is told whose it is, and how to get in", .enabled(if: mayBeDenied))
  func deniedText() throws {
    try root.write("", to: "/dev/i2c-1")
    try root.setMode(0, of: "/dev/i2c-1")
    do throws(BusError) {
      _ = try KernelI2CBus(bus: "i2c-1", root: root.path)
      Issue.record("it was opened")
    } catch {
      let user = NSUserName()
      #expect(error.operation.hasPrefix("open \(root.path)/dev/i2c-1 (\(user):"), "\(error)")
      #expect(error.operation.hasSuffix(" 00) as \(user)"), "\(error)")
      #expect(error.advice?.hasPrefix("no group may use it: a udev rule has to give it one") == true, "\(error)")
    }
  }
}

@Suite("What the kernel's numbers mean")
struct I2CErrnoTests {
  @Test(
    "An errno says what it means on a bus, and stays as evidence",
    arguments: [
      (ENXIO, BusError.Kind.noAcknowledge), (EREMOTEIO, .noAcknowledge), (ETIMEDOUT, .timeout),
      (EAGAIN, .arbitrationLost), (EBADMSG, .packetErrorCode), (ENOENT, .absent), (ENODEV, .absent),
      (ENOTDIR, .absent), (EACCES, .denied), (EPERM, .denied), (EROFS, .denied), (EOPNOTSUPP, .unsupported),
      (ENOTTY, .unsupported),
      (EINVAL, .unsupported), (EIO, .failed), (EBUSY, .failed), (EPROTO, .failed), (ENOMEM, .failed), (0, .failed),
    ])
  func kinds(code: Int32, kind: BusError.Kind) {
    #expect(BusError(errno: code, "x") == BusError(kind, "x", code: code))
  }
}
