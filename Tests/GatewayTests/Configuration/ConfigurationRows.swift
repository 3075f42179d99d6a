import Drivers

/// A row for every driver, and one for every option of it.
extension ConfigurationRow {
  static let all: [ConfigurationRow] = [chips, chipOptions, dividers, kernel, files, edges, contacts].flatMap { $0 }

  private static let air = ["temperature": 25.0, "humidity": 50]
  private static let weather = ["temperature": 25.0, "humidity": 50, "pressure": 1_000]
  private static let barometer = ["temperature": 25.0, "pressure": 1_000]

  // MARK: Chips on an I²C bus

  private static func rows(
    _ drivers: [String: String], _ expected: [String: Double], within tolerance: Double
  ) -> [ConfigurationRow] {
    drivers.sorted { $0.key < $1.key }.map { driver, address in
      ConfigurationRow(
        driver, nil, "bus: i2c-1, address: \(address)", .chip, expected, within: tolerance)
    }
  }

  private static let chips: [ConfigurationRow] =
    rows(
      [
        "lm75": "0x48", "lm75b": "0x4f", "pct2075": "0x37", "tmp75": "0x48", "tmp105": "0x49",
        "tmp102": "0x48",
        "tmp112": "0x4b", "as6200": "0x48", "tmp117": "0x49", "tmp116": "0x48", "mcp9808": "0x1f",
        "adt7410": "0x48",
        "adt7420": "0x4b", "stts22h": "0x3c", "as6212": "0x44", "as6221": "0x4b",
        "max30205": "0x5f", "mcp9600": "0x67",
        "mcp9601": "0x60", "ds1621": "0x4f", "ds1631": "0x48", "mlx90614": "0x5a",
      ], ["temperature": 25], within: 0.011)
    + rows(
      [
        "sht3x": "0x45", "sht4x": "0x44", "sht2x": "0x40", "htu21d": "0x40", "si70xx": "0x41",
        "shtc1": "0x70",
        "shtc3": "0x70", "aht10": "0x39", "aht20": "0x38", "hdc1080": "0x40", "hdc1008": "0x43",
        "hdc2010": "0x41",
        "hdc2080": "0x40", "hdc302x": "0x47",
      ], air, within: 0.05)
    + rows(
      ["bmp180": "0x77", "bmp280": "0x76", "bmp388": "0x77", "bmp390": "0x76"], barometer,
      within: 0.1)
    + rows(["bme280": "0x77", "bme680": "0x76", "bme688": "0x77"], weather, within: 0.1)

  private static let chipOptions: [ConfigurationRow] =
    ["J", "T", "N", "E"].flatMap { type in
      ["mcp9600", "mcp9601"].map { driver in
        ConfigurationRow(
          driver, "thermocouple", "bus: i2c-1, address: 0x60, thermocouple: \(type)", .chip,
          ["temperature": 25],
          within: 0.011)
      }
    }
    + ["object", "ambient"].map { channel in
      ConfigurationRow(
        "mlx90614", "channel", "bus: i2c-1, address: 0x5a, channel: \(channel)", .chip,
        ["temperature": 25], within: 0.011)
    }
    + ["high", "medium", "low"].flatMap { repeatability in
      ["sht3x", "sht4x"].map { driver in
        ConfigurationRow(
          driver, "repeatability", "bus: i2c-1, address: 0x44, repeatability: \(repeatability)",
          .chip, air, within: 0.05)
      }
    }

  // MARK: Dividers

  /// At 25 °C: 10 kΩ of an NTC, and 109.735 Ω of a Pt100 (IEC 60751), whose divider's other half is the supply's.
  private static let dividers: [ConfigurationRow] = [("ads1115", 16, 0.1), ("ads1015", 12, 0.6)].flatMap {
    driver, bits, tolerance -> [ConfigurationRow] in
    let place = "bus: i2c-1, address: 0x48"
    func row(
      _ option: String?, _ keys: String, _ volts: [Double], _ celsius: Double = 25
    ) -> ConfigurationRow {
      ConfigurationRow(
        driver, option, "\(place), \(keys)", .inputs(volts, bits: bits), ["temperature": celsius],
        within: tolerance)
    }
    let ntc = "input: ain0, sensor: ntc, series_ohms: 10000"
    return [
      row(nil, ntc, [1_650, 0, 0, 0]),
      row("input", "input: ain2, sensor: ntc, series_ohms: 10000", [0, 0, 1_650, 0]),
      row(
        "sensor", "input: ain1, sensor: pt1000, series_ohms: 1000",
        [0, 3_300 * 1_097.35 / 2_097.35, 0, 0]),
      row(
        "sensor", "input: ain1, sensor: pt100, series_ohms: 100",
        [0, 3_300 * 109.735 / 209.735, 0, 0]),
      row(
        "series_ohms", "input: ain0, sensor: ntc, series_ohms: 4700",
        [3_300 * 10_000 / 14_700, 0, 0, 0]),
      row(
        "sensor_side", "input: ain0, sensor: ntc, series_ohms: 4700, sensor_side: supply",
        [3_300 * 4_700 / 14_700, 0, 0, 0]),
      row("supply_millivolts", ntc + ", supply_millivolts: 5000", [2_500, 0, 0, 0]),
      row("supply_input", ntc + ", supply_input: ain3", [1_500, 0, 0, 3_000]),
      row("ohms_at_25", ntc + ", ohms_at_25: 5000", [1_100, 0, 0, 0]),
      // 10 kΩ x exp(3435 x (1 / 323.15 - 1 / 298.15))
      row("beta", ntc + ", beta: 3435", [3_300 * 4_101.2 / 14_101.2, 0, 0, 0], 50),
      row(
        "steinhart_hart", ntc + ", steinhart_hart: 1.129148e-3 2.34125e-4 8.76741e-8",
        [3_300 * 32_650 / 42_650, 0, 0, 0], 0
      ),
    ]
  }

  // MARK: The kernel

  private static let hwmon = ConfigurationWorld.files(
    [
      "/sys/class/hwmon/hwmon0/name": "nvme", "/sys/class/hwmon/hwmon0/temp1_input": "40000",
      "/sys/class/hwmon/hwmon0/temp2_input": "41250",
      "/sys/class/hwmon/hwmon0/temp1_label": "Composite",
      "/sys/class/hwmon/hwmon0/temp2_label": "Sensor 1", "/sys/class/hwmon/hwmon1/name": "tmp105",
      "/sys/class/hwmon/hwmon1/temp1_input": "21500", "/sys/class/hwmon/hwmon2/name": "tmp105",
      "/sys/class/hwmon/hwmon2/temp1_input": "-10062",
      "/sys/class/hwmon/hwmon3/name": "cpu_thermal",
      "/sys/class/hwmon/hwmon3/temp1_input": "50123", "/sys/class/hwmon/hwmon4/name": "sht3x",
      "/sys/class/hwmon/hwmon4/temp1_input": "21300", "/sys/class/hwmon/hwmon4/humidity1_input": "45600",
    ],
    links: [
      "/sys/class/hwmon/hwmon1/device": "/sys/devices/1-0048",
      "/sys/class/hwmon/hwmon2/device": "/sys/devices/1-0049",
    ])

  private static let iio = ConfigurationWorld.files(
    [
      "/sys/devices/1-0040/iio:device0/name": "hdc1080",
      "/sys/devices/1-0040/iio:device0/in_temp_raw": "24000",
      // Documentation/ABI: (raw + offset) x scale in thousandths; (24000 - 15887.515151) x 2.517700195
      "/sys/devices/1-0040/iio:device0/in_temp_offset": "-15887.515151",
      "/sys/devices/1-0040/iio:device0/in_temp_scale": "2.517700195",
      "/sys/devices/1-0041/iio:device1/name": "hdc1080",
      "/sys/devices/1-0041/iio:device1/in_temp_input": "21480",
      "/sys/devices/1-0076/iio:device2/name": "bme280",
      "/sys/devices/1-0076/iio:device2/in_temp_input": "19250",
      "/sys/devices/1-0076/iio:device2/in_humidityrelative_input": "45123",
      // In kPa.
      "/sys/devices/1-0076/iio:device2/in_pressure_input": "101.325207031",
      "/sys/devices/1-005a/iio:device3/name": "mlx90614",
      "/sys/devices/1-005a/iio:device3/in_temp_object_raw": "15012",
      "/sys/devices/1-005a/iio:device3/in_temp_ambient_raw": "14812",
      "/sys/devices/1-005a/iio:device3/in_temp_offset": "-13657.500000",
      "/sys/devices/1-005a/iio:device3/in_temp_scale": "20",
    ],
    links: [
      "/sys/bus/iio/devices/iio:device0": "/sys/devices/1-0040/iio:device0",
      "/sys/bus/iio/devices/iio:device1": "/sys/devices/1-0041/iio:device1",
      "/sys/bus/iio/devices/iio:device2": "/sys/devices/1-0076/iio:device2",
      "/sys/bus/iio/devices/iio:device3": "/sys/devices/1-005a/iio:device3",
    ])

  private static let oneWire = ConfigurationWorld.files([
    "/sys/bus/w1/devices/28-0316a2795e3c/temperature": "21437",
    "/sys/bus/w1/devices/28-0000055f1c11/temperature": "4000",
    "/sys/bus/w1/devices/3b-0316a2795e3c/w1_slave": thermocouple("90 01 40 19 f0 ff ff ff 16"),
    "/sys/bus/w1/devices/3b-000000000002/w1_slave": thermocouple("98 54 00 1f f1 ff ff ff af"),
  ])

  private static func thermocouple(_ scratchpad: String) -> String {
    "\(scratchpad) : crc=\(scratchpad.suffix(2)) YES\n\(scratchpad) t=0"
  }

  private static let zones = ConfigurationWorld.files([
    "/sys/class/thermal/thermal_zone0/type": "gpu-thermal",
    "/sys/class/thermal/thermal_zone0/temp": "61000",
    "/sys/class/thermal/thermal_zone1/type": "cpu-thermal",
    "/sys/class/thermal/thermal_zone1/temp": "52080",
  ])

  private static let bme280 = ["temperature": 19.25, "humidity": 45.123, "pressure": 1_013.252_07]

  private static let kernel: [ConfigurationRow] = [
    ConfigurationRow("hwmon", nil, "name: cpu_thermal", hwmon, ["temperature": 50.123]),
    ConfigurationRow("hwmon", "name", "name: nvme", hwmon, ["temperature": 40]),
    ConfigurationRow(
      "hwmon", "device", "name: tmp105, device: 1-0049", hwmon, ["temperature": -10.062]),
    ConfigurationRow("hwmon", "input", "name: nvme, input: temp2", hwmon, ["temperature": 41.25]),
    ConfigurationRow(
      "hwmon", "label", "name: nvme, label: Sensor 1", hwmon, ["temperature": 41.25]),
    ConfigurationRow(
      "hwmon", "name", "name: sht3x", hwmon, ["temperature": 21.3, "humidity": 45.6]),
    ConfigurationRow("iio", nil, "name: bme280", iio, bme280),
    ConfigurationRow("iio", "name", "name: bme280", iio, bme280),
    ConfigurationRow("iio", "channel", "name: mlx90614, channel: object", iio, ["temperature": 27.09]),
    ConfigurationRow("iio", "channel", "name: mlx90614, channel: ambient", iio, ["temperature": 23.09]),
    ConfigurationRow("max31850", nil, "device: 3b-0316a2795e3c", oneWire, ["temperature": 25]),
    ConfigurationRow("max31850", "device", "device: 3b-000000000002", oneWire, ["temperature": 1_353.5]),
    ConfigurationRow(
      "max31850", "channel", "device: 3b-000000000002, channel: internal", oneWire, ["temperature": 31]),
    ConfigurationRow(
      "iio", "device", "name: hdc1080, device: 1-0040", iio, ["temperature": 20.424_805],
      within: 0.000_01),
    ConfigurationRow("ds18b20", nil, "device: 28-0316a2795e3c", oneWire, ["temperature": 21.437]),
    ConfigurationRow("ds18b20", "device", "device: 28-0000055F1C11", oneWire, ["temperature": 4]),
    ConfigurationRow("thermal", nil, "zone: cpu-thermal", zones, ["temperature": 52.08]),
    ConfigurationRow("thermal", "zone", "zone: gpu-thermal", zones, ["temperature": 61]),
  ]

  /// (number + offset) x scale
  private static let numbers: [(keys: String, option: String?, text: String, celsius: Double)] = [
    ("", nil, "21500", 21.5), ("", "path", "-4000", -4), (", scale: 1", "scale", "21.5", 21.5),
    (", scale: 2", "scale", "21.5", 43), (", scale: 0.01", "scale", "2150", 21.5),
    (", scale: 1e-3, offset: +5e2", "offset", "21500", 22), (", scale: .5", "scale", "+43", 21.5),
    (", scale: -0.5", "scale", "-8", 4), (", max_age: 1h", "max_age", "21500", 21.5),
    (", offset: 50", "offset", "21500", 21.55), (", offset: -5, scale: 1", "offset", "21.5", 16.5),
    (", offset: -273.15, scale: 1", "offset", "300.15", 27),
    (", offset: 100000", "offset", "-90000", 10),
    (", offset: 1, scale: 2, temperature: {offset: 0.5}", "offset", "21.5", 45.5),
    (", offset: 1, scale: 2, temperature: {scale: 0.5}", "scale", "21.5", 22.5),
    (", scale: 1, offset: 1, unit: F", "offset", "20", 69.8),
  ]

  private static let files: [ConfigurationRow] = numbers.map { row in
    ConfigurationRow(
      "file", row.option, "path: /run/boiler\(row.keys)", .files(["/run/boiler": row.text, "/run/other": "1"]),
      ["temperature": row.celsius])
  }

  // MARK: GPIO lines

  private static let edges: [ConfigurationRow] = [("dht11", air), ("dht22", air), ("tmp05", ["temperature": 25])]
    .flatMap { driver, expected -> [ConfigurationRow] in
      let onChip = ConfigurationWorld.edges(.chip(label: "pinctrl-bcm2711", offset: 22))
      let far = ConfigurationWorld.edges(.chip(label: "300b000.pinctrl", offset: 1_023))
      func row(
        _ option: String?, _ keys: String, _ world: ConfigurationWorld, _ expected: [String: Double]
      ) -> ConfigurationRow {
        ConfigurationRow(driver, option, keys, world, expected, within: 0.05)
      }
      var warmer = expected
      warmer["temperature"] = 25.5
      return [
        row(nil, "line: GPIO4", .edges(.name("GPIO4")), expected),
        row("line", "line: GPIO17", .edges(.name("GPIO17")), expected),
        row("chip", "chip: pinctrl-bcm2711, offset: 22", onChip, expected),
        row("offset", "chip: 300b000.pinctrl, offset: 1023", far, expected),
        row(
          "offset", "chip: pinctrl-bcm2711, offset: 22, temperature: {offset: 0.5}", onChip, warmer),
      ]
    }

  private static let contacts: [ConfigurationRow] = {
    let (named, numbered) = (
      LineSelector.name("GPIO17"), LineSelector.chip(label: "pinctrl-rp1", offset: 27)
    )
    func row(_ option: String?, _ keys: String, _ line: TestLine, isClosed: Bool)
      -> ConfigurationRow
    {
      ConfigurationRow("contact", option, keys, .line(line), ["contact": isClosed ? 1 : 0])
    }
    let bouncing = TestLine(selector: named, level: false, changes: [(900, true), (1_200, false)])
    return [
      row(nil, "line: GPIO17", TestLine(selector: named, level: true), isClosed: true),
      row("line", "line: GPIO17", TestLine(selector: named, level: false), isClosed: false),
      row(
        "chip", "chip: pinctrl-rp1, offset: 27", TestLine(selector: numbered, level: true),
        isClosed: true),
      row(
        "offset", "chip: pinctrl-rp1, offset: 27", TestLine(selector: numbered, level: true),
        isClosed: true),
      row(
        "active_low", "line: GPIO17, active_low: true", TestLine(selector: named, level: true),
        isClosed: false),
      row("bias", "line: GPIO17, bias: pull_up", TestLine(selector: named), isClosed: true),
      row("bias", "line: GPIO17, bias: pull_down", TestLine(selector: named), isClosed: false),
      row(
        "bias", "line: GPIO17, bias: pull_up, active_low: true", TestLine(selector: named),
        isClosed: false),
      row("debounce_ms", "line: GPIO17, debounce_ms: 50", bouncing, isClosed: true),
      row("debounce_ms", "line: GPIO17, debounce_ms: 500", bouncing, isClosed: false),
    ]
  }()
}
