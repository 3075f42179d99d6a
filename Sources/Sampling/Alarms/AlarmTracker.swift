import Drivers
import Telemetry

/// The alarms that are raised. A value: samples and times go in, changes come out, each exactly once. Intervals are
/// measured by uptime, so that a step of the wall clock does not matter.
package struct AlarmTracker: Sendable {
  /// An alarm that was raised or cleared just now.
  package struct Change: Hashable, Sendable {
    package let isRaised: Bool
    package let alarm: Alarm
  }

  /// A raised alarm with its value at the time it was raised, which may be before the last restart.
  package struct Raised: Hashable, Sendable {
    package let alarm: Alarm
    package let since: Stamp

    package init(_ alarm: Alarm, since: Stamp) {
      self.alarm = alarm
      self.since = since
    }
  }

  private var watches: [String: SensorWatch] = [:]
  private var raisedByName: [Alarm.Name: Raised] = [:]

  /// `raised`: alarms from before the restart. If the value is still beyond the limit, the alarm is not raised again.
  package init(_ rules: [String: SensorAlarms], raised: [Raised], at now: Uptime) {
    for raised in raised { raisedByName[raised.alarm.name] = raised }
    for (sensor, rules) in rules {
      watches[sensor] = SensorWatch(sensor, rules, raised: Set(raisedByName.keys), at: now)
    }
  }

  /// The raised alarms, oldest first.
  package var raised: [Raised] {
    raisedByName.values.sorted { ($0.since.wall, $0.order) < ($1.since.wall, $1.order) }
  }

  /// `sensors` have other rules, or none. A raised alarm stays raised while the new rules still have it.
  package mutating func change(_ rules: [String: SensorAlarms], of sensors: Set<String>, at now: Uptime) {
    let raised = Set(raisedByName.keys)
    for sensor in sensors {
      watches[sensor] = rules[sensor].map { SensorWatch(sensor, $0, raised: raised, at: now) }
    }
  }

  /// Clears alarms that are no longer in the configuration. Call this after the start and after a change.
  package mutating func dropUnknown(at now: Stamp) -> [Change] {
    let known = Set(watches.values.flatMap(\.names))
    let unknown = raised.map(\.alarm.name).filter { !known.contains($0) }
    return note(unknown.map { Change(isRaised: false, alarm: Alarm($0, value: nil, threshold: nil)) }, at: now)
  }

  package mutating func sampled(_ sensor: String, _ sample: Sample, at now: Stamp) -> [Change] {
    guard var watch = watches[sensor] else { return [] }
    let changes = watch.sampled(sample, at: now.uptime)
    watches[sensor] = watch
    return note(changes, at: now)
  }

  /// Call this at `deadline`; any other time is allowed too.
  package mutating func passed(at now: Stamp) -> [Change] {
    let changes = watches.keys.sorted().compactMap { watches[$0]?.passed(at: now.uptime) }
    return note(changes, at: now)
  }

  /// When the next sensor will have been silent for too long; nil while none can be.
  package var deadline: Uptime? { watches.values.compactMap(\.deadline).min() }

  private mutating func note(_ changes: [Change], at now: Stamp) -> [Change] {
    for change in changes {
      raisedByName[change.alarm.name] = change.isRaised ? Raised(change.alarm, since: now) : nil
    }
    return changes
  }
}

extension AlarmTracker.Raised {
  /// Orders alarms that were raised at the same moment.
  fileprivate var order: String {
    "\(alarm.name.sensor) \(alarm.name.quantity?.rawValue ?? 0) \(alarm.name.kind.rawValue)"
  }
}
