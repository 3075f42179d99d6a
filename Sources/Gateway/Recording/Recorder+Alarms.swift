import Messages
import Sampling
import Telemetry

/// Alarms: every change is recorded, saved and reported.
extension Recorder {
  /// From now on samples are compared with the plan's limits. Call this after `begin`.
  func watch(_ plan: AlarmKeeper.Plan) {
    var keeper = AlarmKeeper(plan)
    let now = plan.clock()
    let changes = keeper.tracker.dropUnknown(at: now)
    let wasRaised = !keeper.tracker.raised.isEmpty
    alarms = keeper
    settle(changes, at: now)
    if wasRaised, changes.isEmpty { plan.tell([]) }
  }

  /// `sensors`: those that are new, have changed, or are gone.
  func change(to plan: ValuePlan, of sensors: Set<String>) {
    for sensor in sensors { deadBands[sensor] = plan.deadBands[sensor].map { DeadBand($0) } }
    guard let clock = alarms?.plan.clock else { return }
    alarms?.change(plan.alarms, words: plan.alarmWords, of: sensors)
    let now = clock()
    settle(alarms?.tracker.dropUnknown(at: now) ?? [], at: now)
  }

  /// Call this before the spool closes: an alarm that changed now would be saved, and its event lost.
  func stopWatching() {
    if let timer = alarms?.timer { loop.cancel(timer.token) }
    alarms = nil
  }

  /// Saves the alarms again if the disk refused them.
  func saveAlarms() { if alarms?.isSaved == false { alarms?.save() } }

  var raisedAlarms: [StateReport.RaisedAlarm] {
    alarms?.tracker.raised.map { StateReport.RaisedAlarm($0.alarm, since: $0.since) } ?? []
  }

  /// Events first: after a power cut in between, an alarm would be reported twice, and not be lost.
  func settle(_ changes: [AlarmTracker.Change], at time: Stamp) {
    defer { armAlarms() }
    guard let plan = alarms?.plan, !changes.isEmpty else { return }
    let news = changes.map { ($0, plan.words.detail($0)) }
    for (change, detail) in news { record(change, at: time, detail: detail) }
    alarms?.save()
    plan.tell(news)
  }

  private func armAlarms() {
    guard let deadline = alarms?.tracker.deadline else { return }
    if let timer = alarms?.timer {
      if timer.deadline <= deadline { return }
      loop.cancel(timer.token)
    }
    let token = loop.schedule(at: deadline) { [weak self] in self?.assumeIsolated { $0.timePassed() } }
    alarms?.timer = (token, deadline)
  }

  private func timePassed() {
    guard let now = alarms?.plan.clock() else { return }
    alarms?.timer = nil
    settle(alarms?.tracker.passed(at: now) ?? [], at: now)
  }
}
