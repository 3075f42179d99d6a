import Drivers
import Telemetry

/// The alarms of one sensor.
struct SensorWatch: Sendable {
  typealias Change = AlarmTracker.Change

  private var quantities: [QuantityWatch] = []
  private var silence: SilenceWatch?

  init(_ sensor: String, _ rules: SensorAlarms, raised: Set<Alarm.Name>, at now: Uptime) {
    for (kind, rules) in rules.quantities.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      quantities.append(QuantityWatch(sensor, kind, rules, raised: raised))
    }
    let stale = Alarm.Name(sensor: sensor, kind: .stale, quantity: nil)
    silence = rules.stale.map { SilenceWatch(stale, limit: $0, isRaised: raised.contains(stale), since: now) }
  }

  var names: [Alarm.Name] { quantities.flatMap(\.names) + [silence?.name].compactMap { $0 } }

  var deadline: Uptime? { silence?.deadline }

  /// `now`: the time of the measurement. The sample arrived `sample.age` later.
  mutating func sampled(_ sample: Sample, at now: Uptime) -> [Change] {
    var changes: [Change] = []
    if let change = silence?.heard(of: now, at: now + sample.age) { changes.append(change) }
    for quantity in sample.quantities {
      for index in quantities.indices where quantities[index].kind == quantity.kind {
        changes += quantities[index].heard(quantity.micros, at: now)
      }
    }
    return changes
  }

  mutating func passed(at now: Uptime) -> Change? { silence?.passed(at: now) }
}

/// High, low and rate of one quantity.
private struct QuantityWatch: Sendable {
  let kind: Quantity.Kind
  private let sensor: String
  private let rules: AlarmRules
  private var latches: [Alarm.Kind: AlarmLatch] = [:]
  private var window: RateWindow?

  init(_ sensor: String, _ kind: Quantity.Kind, _ rules: AlarmRules, raised: Set<Alarm.Name>) {
    self.sensor = sensor
    self.kind = kind
    self.rules = rules
    window = rules.rate.map { RateWindow($0.within) }
    let watched: [(Alarm.Kind, Bool)] = [
      (.high, rules.high != nil), (.low, rules.low != nil), (.rate, rules.rate != nil),
    ]
    for (alarm, isWatched) in watched where isWatched {
      latches[alarm] = AlarmLatch(isRaised: raised.contains(name(alarm)))
    }
  }

  var names: [Alarm.Name] { latches.keys.map(name) }

  private func name(_ alarm: Alarm.Kind) -> Alarm.Name { Alarm.Name(sensor: sensor, kind: alarm, quantity: kind) }

  mutating func heard(_ value: Int64, at now: Uptime) -> [AlarmTracker.Change] {
    var changes: [AlarmTracker.Change] = []
    if let high = rules.high {
      let position = position(value.minus(high))
      changes += turn(.high, position, Alarm(name(.high), value: value, threshold: high), now)
    }
    if let low = rules.low {
      let position = position(low.minus(value))
      changes += turn(.low, position, Alarm(name(.low), value: value, threshold: low), now)
    }
    if let rate = rules.rate, let change = window?.add(value, at: now), let window {
      let found = position(Int64(clamping: change.magnitude).minus(rate.change))
      let position = found == .back && !window.isFull ? .between : found
      changes += turn(.rate, position, Alarm(name(.rate), value: change, threshold: rate.change), now)
    }
    return changes
  }

  /// `excess`: the distance beyond the limit; negative on the allowed side.
  private func position(_ excess: Int64) -> AlarmLatch.Position {
    excess > 0 ? .beyond : excess <= -rules.hysteresis ? .back : .between
  }

  private mutating func turn(
    _ kind: Alarm.Kind, _ position: AlarmLatch.Position, _ alarm: Alarm, _ now: Uptime
  ) -> [AlarmTracker.Change] {
    guard latches[kind]?.heard(position, at: now, hold: rules.hold) == true, let latch = latches[kind] else {
      return []
    }
    return [AlarmTracker.Change(isRaised: latch.isRaised, alarm: alarm)]
  }
}

/// Whether a sensor delivers samples at all.
private struct SilenceWatch: Sendable {
  let name: Alarm.Name
  private let limit: Duration
  private var isRaised: Bool
  /// Time of the last sample, or of the start.
  private var since: Uptime
  /// `stale` was raised before the last restart, and no sample has come since: the length of the silence is unknown.
  private var isOld: Bool

  init(_ name: Alarm.Name, limit: Duration, isRaised: Bool, since: Uptime) {
    self.name = name
    self.limit = limit
    self.isRaised = isRaised
    self.since = since
    isOld = isRaised
  }

  var deadline: Uptime? { isRaised ? nil : since + limit }

  /// `moment`: the time of the measurement. A sample older than the last one ends no silence; nor does one that was
  /// already too old when it arrived.
  mutating func heard(of moment: Uptime, at now: Uptime) -> AlarmTracker.Change? {
    guard moment >= since else { return nil }
    let silence = moment - since
    since = moment
    guard isRaised, now - moment < limit else { return nil }
    defer { (isRaised, isOld) = (false, false) }
    return change(isRaised: false, isOld ? nil : silence)
  }

  mutating func passed(at now: Uptime) -> AlarmTracker.Change? {
    guard !isRaised, now - since >= limit else { return nil }
    isRaised = true
    return change(isRaised: true, now - since)
  }

  private func change(isRaised: Bool, _ silence: Duration?) -> AlarmTracker.Change {
    let alarm = Alarm(
      name, value: silence.map { $0.nanoseconds / 1_000 }, threshold: limit.nanoseconds / 1_000)
    return AlarmTracker.Change(isRaised: isRaised, alarm: alarm)
  }
}
