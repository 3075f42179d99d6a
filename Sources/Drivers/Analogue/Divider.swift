import Glibc
import Telemetry

/// A resistance thermometer in a voltage divider: computes the temperature from its share of the supply.
struct Divider: Sendable {
  enum Element: Hashable, Sendable {
    /// 1/T = 1/298.15 K + ln(R/R25) / B.
    case beta(ohmsAt25: Double, kelvin: Double)
    /// Steinhart and Hart: 1/T = a + b ln R + c (ln R)³.
    case steinhartHart(a: Double, b: Double, c: Double)
    /// IEC 60751, 100 or 1,000 ohms at 0 °C.
    case platinum(ohmsAt0: Double)
  }

  let element: Element
  let seriesOhms: Double
  /// True: the element is between the supply and the input. False: between the input and ground.
  let isAbove: Bool

  /// The usable shares. Nearer to either end the element or its wire is open or shorted.
  private static let usable = 0.002...0.998

  /// `share`: the voltage at the input as a fraction of the supply.
  func temperature(share: Double) throws(SensorError) -> Temperature {
    guard share >= Self.usable.lowerBound else {
      throw .malformed(isAbove ? "an open sensor" : "a shorted sensor", bytes: [])
    }
    guard share <= Self.usable.upperBound else {
      throw .malformed(isAbove ? "a shorted sensor" : "an open sensor", bytes: [])
    }
    let below = seriesOhms * share / (1 - share)
    let celsius = element.celsius(ohms: isAbove ? seriesOhms * seriesOhms / below : below)
    guard celsius.isFinite, abs(celsius) < 10_000 else {
      throw .malformed("a resistance that is no temperature", bytes: [])
    }
    // More digits would only suggest precision.
    return try element.range.admit(Temperature(millicelsius: Int64((celsius * 1_000).rounded())))
  }
}

extension Divider.Element {
  /// The coefficients of IEC 60751:2008, section 4.2.
  private static let (a, b, c) = (3.9083e-3, -5.775e-7, -4.183e-12)

  var range: ClosedRange<Temperature> {
    switch self {
    case .beta, .steinhartHart: .celsius(-55...150)
    case .platinum: .celsius(-200...850)
    }
  }

  func celsius(ohms: Double) -> Double {
    switch self {
    case .beta(let at25, let kelvin):
      return 1 / (1 / 298.15 + log(ohms / at25) / kelvin) - 273.15
    case .steinhartHart(let a, let b, let c):
      let x = log(ohms)
      return 1 / (a + b * x + c * x * x * x) - 273.15
    case .platinum(let at0):
      return Self.platinum(ratio: ohms / at0)
    }
  }

  /// Above 0 °C this solves the quadratic. Below it the standard has a fourth power, which is solved with Newton's
  /// method.
  private static func platinum(ratio: Double) -> Double {
    var t = (-a + (a * a - 4 * b * (1 - ratio)).squareRoot()) / (2 * b)
    guard ratio < 1 else { return t }
    for _ in 0..<8 {
      let value = 1 + a * t + b * t * t + c * (t - 100) * t * t * t
      let slope = a + 2 * b * t + c * (4 * t - 300) * t * t
      t -= (value - ratio) / slope
    }
    return t
  }
}
