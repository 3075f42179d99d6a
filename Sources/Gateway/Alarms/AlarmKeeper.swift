import Sampling
import Scheduling
import Telemetry

/// The alarms as the recorder keeps them: the tracker, its file, and the callback.
struct AlarmKeeper {
  /// A change and its text.
  typealias News = (change: AlarmTracker.Change, detail: String)

  var tracker: AlarmTracker
  /// Timer for the next time that a sensor could have been silent for too long.
  var timer: (token: TimerToken, deadline: Uptime)?
  /// The file is up to date with the tracker.
  var isSaved = true
  private(set) var plan: Plan

  /// The alarms that are watched, and how their changes are handled.
  struct Plan: Sendable {
    let rules: [String: SensorAlarms]
    var words: AlarmText
    let file: AlarmFile
    let clock: @Sendable () -> Stamp
    /// Called on the recorder's loop after changes, and once at the start when alarms were raised before.
    let tell: @Sendable ([News]) -> Void
  }

  init(_ plan: Plan) {
    self.plan = plan
    tracker = AlarmTracker(plan.rules, raised: plan.file.load(), at: plan.clock().uptime)
  }

  /// `sensors` have other rules, or none.
  mutating func change(_ rules: [String: SensorAlarms], words: AlarmText, of sensors: Set<String>) {
    plan.words = words
    tracker.change(rules, of: sensors, at: plan.clock().uptime)
  }

  mutating func save() { isSaved = plan.file.save(tracker.raised) }
}
