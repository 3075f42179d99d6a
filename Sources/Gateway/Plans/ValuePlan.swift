import Configuration
import Drivers
import Sampling
import Telemetry

/// The settings for values, in the terms of the modules that carry them out.
struct ValuePlan {
  let presentations: Presentation.BySensor
  let deadBands: [String: DeadBand.Rules]
  let alarms: [String: SensorAlarms]

  init(_ sensors: [SensorSettings]) {
    func bySensor<Value>(_ value: (ValueSettings) -> Value?) -> [String: Value] {
      Dictionary(sensors.compactMap { sensor in value(sensor.meaning).map { (sensor.id, $0) } }) { first, _ in first }
    }
    presentations = bySensor { meaning in
      let all = meaning.quantities.mapValues { Presentation(unit: $0.unit, step: $0.step) }
      let own = all.filter { $0.value != Presentation() }
      return own.isEmpty ? nil : own
    }
    deadBands = bySensor { meaning in
      let bands = meaning.quantities.compactMapValues(\.deadBand)
      return bands.isEmpty ? nil : DeadBand.Rules(bands: bands, maximumSilence: meaning.maximumSilence)
    }
    alarms = bySensor(Self.alarms)
  }

  var alarmWords: AlarmText { AlarmText(presentations: presentations, rules: alarms) }

  private static func alarms(_ meaning: ValueSettings) -> SensorAlarms? {
    let quantities = meaning.quantities.compactMapValues { $0.alarms.map(AlarmRules.init) }
    return quantities.isEmpty && meaning.stale == nil
      ? nil : SensorAlarms(quantities: quantities, stale: meaning.stale)
  }

  /// The sensor with the refinement of its settings, if there is one.
  static func refined(_ sensor: any Sensor, _ settings: SensorSettings) -> any Sensor {
    let asIs = Refinement.Rules()
    let isAsIs = rules(settings).values.allSatisfy { $0 == asIs } && expected(settings).isEmpty
    return isAsIs ? sensor : RefinedSensor(sensor, refinement(settings))
  }

  static func refinement(_ settings: SensorSettings) -> Refinement {
    Refinement(rules(settings), expected: expected(settings))
  }

  /// For a kernel driver that can measure several quantities: those with settings.
  private static func expected(_ settings: SensorSettings) -> Set<Quantity.Kind> {
    guard case .sysfs = settings.chip.attachment, settings.chip.measures.count > 1 else { return [] }
    return Set(settings.meaning.quantities.filter { $0.value != QuantitySettings() }.keys)
  }

  private static func rules(_ settings: SensorSettings) -> [Quantity.Kind: Refinement.Rules] {
    settings.meaning.quantities.mapValues(Refinement.Rules.init)
  }
}

extension Settings {
  /// Units and rounding of what is published.
  package var presentations: Presentation.BySensor { ValuePlan(sensors).presentations }
}

extension AlarmRules {
  fileprivate init(_ settings: AlarmSettings) {
    self.init(
      high: settings.high, low: settings.low,
      rate: settings.rate.map { Rate(change: $0.change, within: $0.within) }, hysteresis: settings.hysteresis,
      hold: settings.hold)
  }
}

extension Refinement.Rules {
  fileprivate init(_ settings: QuantitySettings) {
    let points = settings.curve?.map { Calibration.Point(measured: $0.measured, actual: $0.actual) }
    let smoothing: Smoothing? =
      switch settings.smoothing {
      case .mean(let count): Smoothing(.mean, of: count)
      case .median(let count): Smoothing(.median, of: count)
      case nil: nil
      }
    self.init(
      calibration: points.flatMap(Calibration.init(curve:))
        ?? Calibration(scale: settings.scale, offset: settings.offset),
      range: settings.range, smoothing: smoothing)
  }
}
