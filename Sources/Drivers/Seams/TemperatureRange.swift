import Telemetry

extension ClosedRange<Temperature> {
  /// A range in whole degrees Celsius.
  static func celsius(_ degrees: ClosedRange<Int64>) -> Self {
    Temperature(millicelsius: degrees.lowerBound * 1_000)...Temperature(millicelsius: degrees.upperBound * 1_000)
  }

  /// Returns the temperature, or throws `outOfRange` if it lies outside this range.
  func admit(_ temperature: Temperature) throws(SensorError) -> Temperature {
    guard contains(temperature) else {
      throw .outOfRange(.temperature(temperature), allowed: .temperature(lowerBound)...(.temperature(upperBound)))
    }
    return temperature
  }
}
