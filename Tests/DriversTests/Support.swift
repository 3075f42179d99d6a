import Drivers
import Simulation
import Telemetry
import Testing

/// The error that `body` throws.
func failure<Value>(_ body: () throws -> Value) -> SensorError? {
  do {
    let value = try body()
    Issue.record("no error, but \(value)")
    return nil
  } catch {
    guard let error = error as? SensorError else {
      Issue.record("not a SensorError: \(error)")
      return nil
    }
    return error
  }
}

/// The bus error that `body` throws; anything else fails the test.
func busFailure<Value>(_ body: () throws -> Value) throws -> BusError {
  let error = failure(body)
  if case .bus(let bus) = error { return bus }
  return try #require(nil, "not a bus error: \(String(describing: error))")
}

/// The text of the error that `body` throws because of malformed bytes.
func malformedFailure<Value>(_ body: () throws -> Value) throws -> String {
  let error = failure(body)
  if case .malformed(let what, _) = error { return what }
  return try #require(nil, "not malformed: \(String(describing: error))")
}

/// The text of the error that `body` throws because nothing was found.
func notFoundFailure<Value>(_ body: () throws -> Value) throws -> String {
  let error = failure(body)
  if case .notFound(let what) = error { return what }
  return try #require(nil, "found: \(String(describing: error))")
}

extension Sample {
  static func celsius(micros: Int64, quality: Quality = .good) -> Sample {
    Sample([.temperature(Temperature(microcelsius: micros))], quality: quality)
  }
}

/// Makes the sensor of a sysfs driver.
func sensor(_ driver: String, on sysfs: any Sysfs, _ options: [String: DriverOptions.Value]) throws -> any Sensor {
  guard case .sysfs(_, let make) = try #require(Catalog.chip(named: driver)).attachment else {
    throw BusError(.unsupported, "\(driver) is no sysfs driver")
  }
  return make(sysfs, DriverOptions(options))
}

/// Makes the sensor of an I²C driver.
func sensor(_ driver: String, on bus: any I2CBus, at address: UInt8, repeatability: String? = nil) throws
  -> any Sensor
{
  guard case .i2c(_, let make) = try #require(Catalog.chip(named: driver)).attachment else {
    throw BusError(.unsupported, "\(driver) is no I²C driver")
  }
  let options = repeatability.map { ["repeatability": DriverOptions.Value.text($0)] } ?? [:]
  return make(bus, try #require(I2CAddress(address)), DriverOptions(options))
}
