import Sampling
import Telemetry

/// The text of an alarm for a person, in the units of the sensor's readings.
struct AlarmText: Sendable {
  let presentations: Presentation.BySensor
  /// Needed for `within` of a rate alarm.
  let rules: [String: SensorAlarms]

  /// `high: temperature is -14.2 °C, above -15 °C`.
  func detail(_ change: AlarmTracker.Change) -> String {
    let (name, alarm) = (change.alarm.name, change.alarm)
    let subject = "\(name.kind.name): "
    guard let limit = alarm.threshold else { return subject + "no longer in the configuration" }
    if name.kind == .stale { return subject + silence(change, limit) }
    guard let kind = name.quantity, let value = alarm.value else { return subject + "unknown" }
    let presentation = presentations[name.sensor]?[kind] ?? Presentation()
    let isRate = name.kind == .rate
    func text(_ micros: Int64) -> String {
      let shown = isRate ? presentation.difference(micros, of: kind) : presentation.level(micros, of: kind)
      return decimal(micros: shown) + (presentation.unitSymbol(of: kind).map { " " + $0 } ?? "")
    }
    let relation =
      switch (name.kind, change.isRaised) {
      case (.high, true): "above"
      case (.low, true): "below"
      case (.rate, true): "more than"
      default: "back from the limit"
      }
    let fact = isRate ? "changed by \(text(value))\(window(name, kind))" : "is \(text(value))"
    return subject + "\(kind.name) \(fact), \(relation) \(text(limit))"
  }

  private func window(_ name: Alarm.Name, _ kind: Quantity.Kind) -> String {
    rules[name.sensor]?.quantities[kind]?.rate.map { " within \(brief($0.within))" } ?? ""
  }

  private func silence(_ change: AlarmTracker.Change, _ limit: Int64) -> String {
    let lasted = change.alarm.value.map { brief(.microseconds($0)) }
    if change.isRaised { return "no sample for \(lasted ?? "some time"); the limit is \(brief(.microseconds(limit)))" }
    return "a sample again" + (lasted.map { " after \($0)" } ?? "")
  }
}
