import Drivers
import Testing

@testable import Configuration

@Suite("A chip's alert line") struct AlertTests {
  private func alert(_ keys: String...) throws -> LineRequest? { try load(file(sensor: keys)).sensors[0].alert }

  @Test("By its name, or by chip and offset; the chip's own resistor pulls up unless something else is said")
  func right() throws {
    #expect(try alert() == nil)
    let named = LineRequest(line: .name("GPIO22"), bias: .pullUp, activeLow: false, hasEdges: true)
    #expect(try alert("alert_line: GPIO22") == named)
    let numbered = LineRequest(line: .chip(label: "a.gpio", offset: 5), bias: .asIs, activeLow: false, hasEdges: true)
    #expect(try alert("alert_chip: a.gpio", "alert_offset: 5", "alert_bias: as_is") == numbered)
  }

  @Test("Half a line, and a resistor for none, are mistakes")
  func wrong() {
    let which = "it needs `alert_line`, or `alert_chip` and `alert_offset`"
    #expect(reasons(file(sensor: ["alert_chip: a.gpio"])) == [which])
    #expect(reasons(file(sensor: ["alert_bias: pull_up"])) == [which])
    #expect(reasons(file(sensor: ["alert_line: GPIO5", "alert_offset: 5"])) == [which])
    #expect(
      reasons(file(sensor: ["alert_line: GPIO5", "alert_bias: up"])) == [
        "unknown value \"up\"; known are pull_up, pull_down, as_is, disabled"
      ])
  }

  @Test("A line wakes one sensor; only chips on I²C have one")
  func twice() {
    let chip = "driver: tmp102, bus: i2c-1, alert_line: GPIO5"
    let two = "  - {id: a, \(chip), address: 0x48}\n  - {id: b, \(chip), address: 0x49}\n"
    #expect(
      mistakes(file(sensors: two)) == [
        "6:5 sensors[1]: GPIO5 already wakes \"a\" on line 5; a line can wake one sensor"
      ])
    let contact = "  - {id: a, driver: contact, line: GPIO17, alert_line: GPIO5}\n"
    #expect(reasons(file(sensors: contact)).first?.hasPrefix("unknown key \"alert_line\"") == true)
  }
}
