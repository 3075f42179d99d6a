import Telemetry

/// Reads the group `alarms` of one quantity. `stale` belongs to the sensor and is read elsewhere.
struct AlarmReader {
  let kind: Quantity.Kind
  /// The quantity's plausible range: values outside are faults.
  let range: ClosedRange<Int64>?
  /// Whether this is the sensor's main quantity, whose group also holds `stale`.
  let isMain: Bool
  /// The sensor's interval.
  let every: Duration

  private var unit: String { QuantityNumbers(kind).unit }

  func read(_ section: Section) -> AlarmSettings? {
    var alarms = AlarmSettings(kind)
    alarms.high = section.optional("high").flatMap { limit($0) }
    alarms.low = section.optional("low").flatMap { limit($0) }
    alarms.rate = section.optional("rate").flatMap(rate)
    if let field = section.optional("hysteresis") { alarms.hysteresis = field.decimal() ?? 0 }
    alarms.hold = section.optional("hold")?.duration() ?? alarms.hold
    agree(section, alarms)
    return hasLimit(section) ? alarms : nil
  }

  private func hasLimit(_ section: Section) -> Bool {
    if ["high", "low", "rate"].contains(where: { section.optional($0) != nil }) { return true }
    // An unknown key is already reported: one mistake is enough.
    if case .mapping(let entries) = section.field.node.content,
      entries.contains(where: { section.keys[named: $0.key] == nil })
    {
      return false
    }
    let idle = ["hysteresis", "hold"].compactMap { section.optional($0) }
    for field in idle { field.mistake("needs high, low or rate beside it") }
    if idle.isEmpty, !isMain || section.optional("stale") == nil {
      section.field.mistake("needs a limit: high, low" + (isMain ? ", rate or stale" : " or rate"))
    }
    return false
  }

  private func limit(_ field: Field) -> Int64? {
    guard let value = field.decimal() else { return nil }
    if let range, value <= range.lowerBound || value >= range.upperBound {
      field.mistake(
        "no value will be beyond \(decimal(micros: value)): outside the range "
          + "\(decimal(micros: range.lowerBound)) to \(decimal(micros: range.upperBound)) it is a fault")
      return nil
    }
    return value
  }

  private func rate(_ field: Field) -> AlarmSettings.Rate? {
    guard let section = field.section() else { return nil }
    let change = section.required("change")?.decimal()
    let within = section.required("within")?.duration()
    guard let change, let within else { return nil }
    // In a window below one interval each reading is alone; below two intervals, so is a reading after a failed one.
    guard within >= every * 2 else {
      section.optional("within")?.mistake(
        "must be at least twice the interval of this sensor, which is \(every.text): there is nothing to compare with "
          + "otherwise; did you mean \"\((every * 2).text)\"?")
      return nil
    }
    return .init(change: change, within: within)
  }

  /// Reports limits that contradict each other.
  private func agree(_ section: Section, _ alarms: AlarmSettings) {
    let hysteresis = decimal(micros: alarms.hysteresis) + " " + unit
    let culprit = section.optional("hysteresis")
    let whose = culprit == nil ? " (\(hysteresis) unless the file says otherwise)" : ""
    if let high = alarms.high, let low = alarms.low {
      guard low < high else {
        section.optional("high")?.mistake("high must be above low, which is \(decimal(micros: low))")
        return
      }
      if alarms.hysteresis >= high - low {
        (culprit ?? section.optional("high"))?.mistake(
          "hysteresis\(whose) must be smaller than the band from low to high, \(decimal(micros: high - low)) "
            + unit)
      }
    }
    if let rate = alarms.rate, alarms.hysteresis >= rate.change {
      (culprit ?? section.optional("rate"))?.mistake(
        "hysteresis\(whose) must be smaller than rate.change, \(decimal(micros: rate.change)) \(unit)")
    }
  }
}
