import Testing

@Suite("Two sensors that are the same thing")
struct DoubleSensorTests {
  private func found(_ first: String, _ second: String) -> [String] {
    mistakes(file(sensors: "  - {id: a, \(first)}\n  - {id: b, \(second)}\n"))
  }

  @Test(
    "What the kernel measures is one sensor, however it is written; the second is the mistake and names the first",
    arguments: [
      ("driver: ds18b20, device: 28-0316a2795e3c", "driver: ds18b20, device: 28-0316A2795E3C", "28-0316a2795e3c"),
      ("driver: max31850, device: 3b-0316a2795e3c", "driver: ds18b20, device: 3b-0316a2795e3c", "3b-0316a2795e3c"),
      (
        "driver: max31850, device: 3b-0316a2795e3c",
        "driver: max31850, device: 3b-0316a2795e3c, channel: thermocouple", "thermocouple of 3b-0316a2795e3c"
      ),
      ("driver: hwmon, name: tmp105", "driver: hwmon, name: tmp105", "temp1 of tmp105"),
      ("driver: hwmon, name: tmp105", "driver: hwmon, name: tmp105, input: temp1", "temp1 of tmp105"),
      ("driver: hwmon, name: nvme, input: temp2", "driver: hwmon, name: nvme, input: temp2", "temp2 of nvme"),
      ("driver: hwmon, name: nvme, label: X", "driver: hwmon, name: nvme, label: X", "X of nvme"),
      ("driver: hwmon, name: nvme, label: X", "driver: hwmon, name: nvme, input: temp2, label: X", "temp2 (X) of nvme"),
      ("driver: hwmon, name: lm75, device: 1-0048", "driver: hwmon, name: lm75, device: 1-0048", "lm75 on 1-0048"),
      ("driver: hwmon, name: lm75", "driver: hwmon, name: lm75, device: 1-0048", "temp1 of lm75 on 1-0048"),
      ("driver: iio, name: hdc1080", "driver: iio, name: hdc1080", "hdc1080"),
      ("driver: iio, name: hdc1080", "driver: iio, name: hdc1080, channel: in_temp", "hdc1080"),
      (
        "driver: iio, name: mlx90614, channel: object", "driver: iio, name: mlx90614, channel: in_temp_object",
        "object of mlx90614"
      ),
      ("driver: iio, name: ltc2983, channel: 2", "driver: iio, name: ltc2983, channel: temp2", "2 of ltc2983"),
      ("driver: thermal, zone: cpu", "driver: thermal, zone: cpu", "the zone cpu"),
      ("driver: file, path: /run/t", "driver: file, path: /run/t", "/run/t"),
      ("driver: file, path: /run/t", "driver: file, path: /run/t, scale: 1e-3, offset: 0.0, max_age: 1h", "/run/t"),
      ("driver: contact, line: GPIO17", "driver: dht22, line: GPIO17", "GPIO17"),
      (
        "driver: contact, chip: pinctrl-rp1, offset: 17",
        "driver: contact, chip: pinctrl-rp1, offset: 17, bias: pull_up",
        "line 17 of pinctrl-rp1"
      ),
    ])
  func same(_ first: String, _ second: String, _ what: String) {
    let found = found(first, second)
    #expect(
      found.count == 1 && found[0].contains("sensors[1]")
        && found[0].contains("\(what) is already taken by \"a\" on line 5"),
      "\(found)")
  }

  @Test(
    "What can be shared stays legal",
    arguments: [
      ("driver: ds18b20, device: 28-0316a2795e3c", "driver: ds18b20, device: 28-0316a2795e3d"),
      (
        "driver: max31850, device: 3b-0316a2795e3c", "driver: max31850, device: 3b-0316a2795e3c, channel: internal"
      ),
      ("driver: hwmon, name: sht3x", "driver: hwmon, name: sht3x, input: humidity1"),
      ("driver: hwmon, name: nvme, input: temp1", "driver: hwmon, name: nvme, input: temp2"),
      ("driver: hwmon, name: nvme, label: X", "driver: hwmon, name: nvme, label: Y"),
      ("driver: hwmon, name: nvme", "driver: hwmon, name: nvme, label: X"),
      ("driver: hwmon, name: lm75, device: 1-0048", "driver: hwmon, name: lm75, device: 1-0049"),
      ("driver: hwmon, name: lm75", "driver: iio, name: lm75"),
      ("driver: iio, name: mlx90614, channel: object", "driver: iio, name: mlx90614, channel: ambient"),
      ("driver: iio, name: bme280", "driver: iio, name: bme280, channel: pressure"),
      ("driver: thermal, zone: cpu", "driver: thermal, zone: gpu"),
      ("driver: file, path: /run/t", "driver: file, path: /run/u"),
      ("driver: file, path: /run/t", "driver: file, path: /run/t, scale: 1"),
      ("driver: contact, line: GPIO17", "driver: contact, line: GPIO27"),
      ("driver: contact, chip: a, offset: 17", "driver: contact, chip: b, offset: 17"),
      // Which line has which name nobody knows before the chips are asked.
      ("driver: contact, line: GPIO17", "driver: contact, chip: pinctrl-rp1, offset: 17"),
    ])
  func shared(_ first: String, _ second: String) {
    let found = found(first, second)
    #expect(found.isEmpty, "\(found)")
  }

  private static let input = "driver: ads1115, bus: i2c-1, address: 0x48, sensor: ntc, series_ohms: 10000, input: "

  @Test(
    "An input that measures the supply for a sensor of the same chip is no sensor, whichever is written first",
    arguments: [
      (
        "ain0, supply_input: ain3", "ain3",
        "ain3 of the ads1115 at 0x48 on i2c-1 is the `supply_input` of \"a\" on line 5"
      ),
      (
        "ain3", "ain0, supply_input: ain3",
        "`supply_input` ain3 of the ads1115 at 0x48 on i2c-1 is already taken by \"a\""
      ),
      ("ain0, supply_input: ain3", "ain1, supply_input: ain3", nil), ("ain0, supply_input: ain3", "ain1", nil),
    ] as [(String, String, String?)])
  func supply(_ first: String, _ second: String, _ mistake: String?) {
    let found = found(Self.input + first, Self.input + second)
    #expect(mistake.map { found.count == 1 && found[0].contains($0) } ?? found.isEmpty, "\(found)")
  }

  @Test("The same input of two chips is two sensors, and one may be the other's supply")
  func twoChips() {
    let second = (Self.input + "ain3").replacing("0x48", with: "0x49")
    #expect(found(Self.input + "ain0, supply_input: ain3", second).isEmpty)
  }

  @Test("A line that wakes a chip's sensor is no contact")
  func alertLine() {
    let alerted = "driver: tmp102, bus: i2c-1, address: 0x48, alert_line: GPIO17"
    for (first, second) in [
      (alerted, "driver: contact, line: GPIO17"), ("driver: contact, line: GPIO17", alerted),
    ] {
      let found = found(first, second)
      #expect(found.count == 1 && found[0].contains("\"a\" on line 5"), "\(found)")
    }
  }
}
