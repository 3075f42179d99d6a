import Drivers
import Glibc
import Telemetry
import Testing

@Suite("Errors in words")
struct ErrorTextTests {
  @Test(
    "A bus error says what was tried, what came back and what to look at",
    arguments: [
      (
        BusError(.noAcknowledge, "read 2 bytes from 0x48 on i2c-1", code: EREMOTEIO),
        "read 2 bytes from 0x48 on i2c-1: no answer (EREMOTEIO): not connected, no power, or wrong address"
      ),
      (
        BusError(.timeout, "write 2 bytes to 0x44 on i2c-1", code: ETIMEDOUT),
        "write 2 bytes to 0x44 on i2c-1: did not end (ETIMEDOUT): a line is held low, or the chip stretches the clock too long"
      ),
      (
        BusError(.shortRead(expected: 6, received: 3), "read 6 bytes from 0x44"),
        "read 6 bytes from 0x44: 3 bytes instead of 6"
      ),
      (
        BusError(.claimed(driver: "lm75"), "take 0x48 on i2c-1", code: EBUSY),
        "take 0x48 on i2c-1: in use by the kernel's driver lm75 (EBUSY): read it through hwmon or iio, or unbind that driver"
      ),
      (BusError(.absent, "open /dev/i2c-1", code: ENOENT), "open /dev/i2c-1: not there (ENOENT)"),
      (
        BusError(.denied, "open /dev/i2c-1", code: EACCES, advice: "join the group i2c"),
        "open /dev/i2c-1: not permitted (EACCES): join the group i2c"
      ),
      (BusError(.failed, "read x", code: 12345), "read x: failed (errno 12345)"),
    ])
  func busError(_ error: BusError, _ text: String) {
    #expect(error.description == text)
    #expect(SensorError.bus(error).description == text)
  }

  private static let degrees = Quantity.temperature(Temperature(millicelsius: 127_937))
  private static let range: ClosedRange<Quantity> =
    .temperature(Temperature(millicelsius: -55_000))...(.temperature(Temperature(millicelsius: 125_000)))

  @Test(
    "A sensor error carries its evidence",
    arguments: [
      (
        SensorError.checksum(received: 0x92, computed: 0x0F, bytes: [0xBE, 0xEF]),
        "checksum is 0x92, computed 0x0f (bytes be ef): disturbed bytes"
      ),
      (
        .wrongChip(expected: "tmp102, configuration with bits 14:13 one and 3:0 zero", found: [0x00, 0x01]),
        "expected tmp102, configuration with bits 14:13 one and 3:0 zero; found 00 01: another chip, or none"
      ),
      (.notReady(after: .milliseconds(10)), "not ready 10 ms after its time"),
      (
        .outOfRange(degrees, allowed: range),
        "127.937 °C is outside -55 °C … 125 °C, the range this sensor is specified for"
      ),
      (
        .implausible(degrees, allowed: range),
        "127.937 °C is outside -55 °C … 125 °C, the range in the configuration"
      ),
      (
        .powerOnValue(.temperature(Temperature(millicelsius: 85_000))),
        "85 °C is what the sensor shows after power-on: it lost its power, or did not convert"
      ),
      (.malformed("x is no number", bytes: [0x31, 0x0A]), "x is no number (bytes 31 0a)"),
      (.malformed("x is empty", bytes: []), "x is empty"),
      (.notFound("no hwmon device is named tmp105"), "no hwmon device is named tmp105"),
    ])
  func sensorError(_ error: SensorError, _ text: String) { #expect(error.description == text) }

  @Test("A long reply is cut, and the message stays on one line")
  func longReply() {
    let text = SensorError.malformed("garbage", bytes: Array(repeating: 0x0A, count: 4_096)).description
    #expect(text.hasSuffix("0a …)"))
    #expect(text.count < 130)
    #expect(!text.contains("\n"))
  }
}
