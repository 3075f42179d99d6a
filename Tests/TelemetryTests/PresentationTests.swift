import Telemetry
import Testing

@Suite("Published values")
struct PresentationTests {
  private func celsius(_ micro: Int64) -> Quantity { .temperature(Temperature(microcelsius: micro)) }

  @Test(
    "Temperatures in three units",
    arguments: [
      (-273_150_000, -459_670_000, 0), (-40_000_000, -40_000_000, 233_150_000), (0, 32_000_000, 273_150_000),
      (21_312_500, 70_362_500, 294_462_500), (100_000_000, 212_000_000, 373_150_000), (-17_777_778, 0, 255_372_222),
      (1, 32_000_002, 273_150_001), (-1, 31_999_998, 273_149_999),
    ] as [(Int64, Int64, Int64)])
  func units(_ celsius: Int64, _ fahrenheit: Int64, _ kelvin: Int64) {
    func value(_ unit: Presentation.TemperatureUnit) -> Int64 {
      Presentation(unit: unit).value(self.celsius(celsius))
    }
    #expect(value(.celsius) == celsius)
    #expect(value(.fahrenheit) == fahrenheit)
    #expect(value(.kelvin) == kelvin)
  }

  @Test(
    "Rounding is of the published value, halves away from zero",
    arguments: [
      (.celsius, 100_000, 21_349_999, 21_300_000), (.celsius, 100_000, 21_350_000, 21_400_000),
      (.celsius, 100_000, -21_350_000, -21_400_000), (.celsius, 100_000, -49_999, 0),
      (.celsius, 500_000, 250_000, 500_000),
      (.fahrenheit, 1_000_000, 21_312_500, 70_000_000), (.kelvin, 100_000, 21_312_500, 294_500_000),
      (.celsius, nil, 1, 1),
    ] as [(Presentation.TemperatureUnit, Int64?, Int64, Int64)])
  func rounding(_ unit: Presentation.TemperatureUnit, _ step: Int64?, _ micro: Int64, _ published: Int64) {
    #expect(Presentation(unit: unit, step: step).value(celsius(micro)) == published)
  }

  @Test("Only temperatures have another unit; a contact is never rounded")
  func others() {
    let wild = Presentation(unit: .fahrenheit, step: 3_000_000)
    #expect(wild.value(.contact(true)) == 1_000_000)
    #expect(wild.unitSymbol(of: .contact) == nil)
    #expect(wild.value(.humidity(RelativeHumidity(millipercent: 40_000))) == 39_000_000)
    #expect(wild.unitSymbol(of: .humidity) == "%")
    #expect(wild.unitSymbol(of: .pressure) == "hPa")
    #expect(wild.unitSymbol(of: .temperature) == "°F")
  }

  @Test("A difference has no zero point, and a limit is not rounded")
  func differences() {
    let coarse = Presentation(unit: .fahrenheit, step: 1_000_000)
    #expect(coarse.difference(5_000_000, of: .temperature) == 9_000_000)
    #expect(coarse.difference(5_000_000, of: .humidity) == 5_000_000)
    #expect(Presentation(unit: .kelvin).difference(-5_000_000, of: .temperature) == -5_000_000)
    #expect(coarse.level(21_312_500, of: .temperature) == 70_362_500)
  }

  @Test(
    "A product longer than a machine word is divided exactly, and what does not fit stops at the ends",
    arguments: [
      (Int64.max, Int64.max, Int64.max, Int64.max), (.min, .max, .max, .min), (.max, 2, 1, .max), (.min, 2, 1, .min),
      (.min, -1, 1, .max), (.max, 3, 6, 4_611_686_018_427_387_904), (7, 1, 2, 4), (-7, 1, 2, -4), (5, 0, 9, 0),
      (1, 1, 3, 0),
      (3_000_000_000_000, 3_000_000_000_000, 3_000_000_000_000, 3_000_000_000_000),
    ] as [(Int64, Int64, Int64, Int64)])
  func scaling(_ value: Int64, _ numerator: Int64, _ denominator: Int64, _ result: Int64) {
    #expect(scaled(value, by: numerator, over: denominator) == result)
  }
}
