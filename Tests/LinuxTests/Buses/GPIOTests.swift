import Drivers
import Foundation
import Linux
import Testing

/// Without a GPIO chip, as build machines are. Tests/Board does the rest.
@Suite("Finding a GPIO line")
struct GPIOTests {
  let root: FakeRoot
  let bank: GPIOChips
  static let header = LineSelector.chip(label: "pinctrl-bcm2711", offset: 17)

  init() throws {
    root = try FakeRoot()
    bank = GPIOChips(root: root.path)
  }

  private func failure(_ line: LineSelector) -> BusError? {
    do throws(BusError) {
      _ = try bank.input(LineRequest(line: line, bias: .asIs, activeLow: false))
      return nil
    } catch {
      return error
    }
  }

  @Test("A machine without GPIO chips says so", arguments: [LineSelector.name("GPIO17"), header])
  func noChips(line: LineSelector) throws {
    try root.makeDirectory("/dev")
    #expect(failure(line) == BusError(.absent, "find \(line) on a machine without GPIO chips"))
  }

  @Test("A machine without /dev has none either")
  func noDirectory() { #expect(failure(.name("GPIO17")) == BusError(.absent, "list /dev", code: ENOENT)) }

  @Test("Other devices are no chips, whatever they are called")
  func otherDevices() throws {
    try root.write("", to: "/dev/gpio17")
    try root.write("", to: "/dev/gpiomem")
    try root.write("", to: "/dev/mygpiochip0")
    #expect(failure(.name("GPIO17")) == BusError(.absent, "find GPIO17 on a machine without GPIO chips"))
  }

  @Test("A link to a chip is passed over: the chip itself is there too")
  func link() throws {
    try root.link("/dev/gpiochip4", to: "/dev/null")
    #expect(failure(.name("GPIO17")) == BusError(.absent, "find GPIO17 on a machine without GPIO chips"))
  }

  @Test("A file that is no chip is an error that names the line", arguments: [LineSelector.name("GPIO17"), header])
  func noChip(line: LineSelector) throws {
    try root.write("", to: "/dev/gpiochip0")
    let error = failure(line)
    #expect(error?.operation == "find \(line)")
    // libgpiod 1 says ENOTTY, libgpiod 2 ENODEV.
    #expect([ENOTTY, ENODEV].contains(error?.code))
  }

  @Test("A chip that may not be opened is denied", .enabled(if: mayBeDenied))
  func denied() throws {
    try root.write("", to: "/dev/gpiochip0")
    try root.setMode(0, of: "/dev/gpiochip0")
    #expect(failure(.name("GPIO17")) == BusError(.denied, "find GPIO17", code: EACCES))
  }

  @Test("Looking leaves nothing open")
  func noLeak() throws {
    try root.write("", to: "/dev/gpiochip0")
    _ = failure(Self.header)
    #expect(try root.descriptors(on: "/dev/gpiochip0") == 0)
  }
}
