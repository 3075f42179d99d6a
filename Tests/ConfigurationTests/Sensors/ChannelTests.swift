import Configuration
import Testing

@Suite("Several channels of one chip")
struct ChannelTests {
  @Test(
    "Several channels of one chip are several sensors; the same channel twice, or another chip beside it, is a mistake",
    arguments: [
      ("driver: ads1115, input: ain1, sensor: ntc, series_ohms: 10000", nil),
      ("driver: ads1115, input: ain3, sensor: pt100, series_ohms: 100", nil),
      (
        "driver: ads1115, input: ain0, sensor: ntc, series_ohms: 10000",
        "ain0 of the ads1115 at 0x48 on i2c-1 is already taken by \"a\" on line 5; with another `input` it is another sensor"
      ), ("driver: ads1015, input: ain1, sensor: ntc, series_ohms: 10000", "0x48 on i2c-1 is already taken"),
      ("driver: tmp102", "0x48 on i2c-1 is already taken"),
      ("driver: mlx90614", "0x48 on i2c-1 is already taken"),
    ] as [(String, String?)])
  func channels(_ second: String, _ mistake: String?) {
    let first =
      "  - {id: a, driver: ads1115, bus: i2c-1, address: 0x48, input: ain0, sensor: ntc, series_ohms: 10000}\n"
    let found = mistakes(file(sensors: first + "  - {id: b, bus: i2c-1, address: 0x48, \(second)}\n"))
    #expect(mistake.map { found.count == 1 && found[0].contains($0) } ?? found.isEmpty, "\(found)")
  }

  @Test(
    "An MLX90614 has two temperatures, at any address, also behind a multiplexer",
    arguments: [
      ("i2c-1", "0x5a", "channel: ambient", nil), ("i2c-1", "0x5a", "channel: object", "object of the mlx90614"),
      ("i2c-1", "0x5a", "", "object of the mlx90614"), ("i2c-1", "0x08", "", nil), ("i2c-1", "0x77", "", nil),
      ("i2c-1", "0x78", "", "from 0x08 to 0x77"), ("i2c-1/mux@0x70/1", "0x5a", "channel: ambient", "already taken"),
      ("i2c-1/mux@0x70/1", "0x5b", "channel: ambient", nil),
    ] as [(String, String, String, String?)])
  func infrared(_ bus: String, _ address: String, _ option: String, _ mistake: String?) {
    let sensors = """
        - {id: a, driver: mlx90614, bus: i2c-1, address: 0x5a}
        - {id: b, driver: mlx90614, bus: "i2c-1/mux@0x70/1", address: 0x5b}
        - {id: c, driver: mlx90614, bus: "\(bus)", address: \(address)\(option.isEmpty ? "" : ", " + option)}

      """
    let found = mistakes(file(sensors: sensors))
    #expect(mistake.map { found.count == 1 && found[0].contains($0) } ?? found.isEmpty, "\(found)")
  }

  @Test("A channel that is a mistake itself is no second mistake")
  func mistakenChannel() {
    let line = "driver: ads1115, bus: i2c-1, address: 0x48, sensor: ntc, series_ohms: 10000"
    let found = mistakes(file(sensors: "  - {id: a, \(line), input: ain0}\n  - {id: b, \(line), input: ain4}\n"))
    #expect(found.count == 1 && found[0].contains("ain4"), "\(found)")
  }
}
