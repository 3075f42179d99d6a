import Configuration

/// The differences between old and new settings, by what they mean for the running daemon.
struct SettingsChange: Hashable, Sendable {
  /// Sensor ids.
  var added: Set<String> = []
  var changed: Set<String> = []
  var removed: Set<String> = []
  /// Buses with a change other than in their sensors.
  var buses: Set<String> = []
  var touchesUplink = false
  var touchesLog = false
  var touchesMetrics = false
  /// Keys that nothing but a restart can change.
  var fixed: [String] = []

  /// `former`: nil at the start.
  init(from former: Settings?, to new: Settings) {
    compareSensors(former?.sensors ?? [], new.sensors)
    guard let former else { return }
    buses = Self.differing(former.buses.map { ($0.name, $0) }, new.buses.map { ($0.name, $0) })
    touchesUplink = Self.uplinkDiffers(former, new)
    touchesLog = former.log != new.log
    touchesMetrics = former.status.metrics != new.status.metrics
    // Queued records belong to the device's id; the buffer's files are open.
    if former.device != new.device { fixed.append("device.id") }
    if former.buffer != new.buffer { fixed.append("buffer") }
    if former.uplink.order != new.uplink.order { fixed.append("uplink.order") }
    if former.status.socket != new.status.socket { fixed.append("status.socket") }
  }

  /// Sensors that are new, different, or gone.
  var sensors: Set<String> { added.union(changed).union(removed) }

  var isEmpty: Bool {
    sensors.isEmpty && buses.isEmpty && !touchesUplink && !touchesLog && !touchesMetrics && fixed.isEmpty
  }

  private mutating func compareSensors(_ former: [SensorSettings], _ new: [SensorSettings]) {
    let (before, after) = (Set(former.map(\.id)), Set(new.map(\.id)))
    added = after.subtracting(before)
    removed = before.subtracting(after)
    changed = Self.differing(former.map { ($0.id, $0) }, new.map { ($0.id, $0) }).subtracting(added)
      .subtracting(removed)
  }

  private static func differing<Value: Equatable>(
    _ former: [(String, Value)], _ new: [(String, Value)]
  ) -> Set<String> {
    let before = Dictionary(former) { first, _ in first }
    let after = Dictionary(new) { first, _ in first }
    return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
  }

  /// Units and rounding concern the uplink, and so do the intervals that commands may set.
  private static func uplinkDiffers(_ former: Settings, _ new: Settings) -> Bool {
    if former.uplink != new.uplink || former.presentations != new.presentations { return true }
    return new.uplink.commands != nil && intervals(former) != intervals(new)
  }

  private static func intervals(_ settings: Settings) -> [String: ClosedRange<Duration>] {
    Dictionary(settings.sensors.map { ($0.id, $0.possibleIntervals) }) { first, _ in first }
  }
}

extension SettingsChange: CustomStringConvertible {
  /// `sensors: 1 changed (freezer-1), 1 new (hall); the uplink reconnects`.
  var description: String {
    let groups = [(changed, "changed"), (added, "new"), (removed, "gone")].compactMap { ids, word in
      ids.isEmpty ? nil : "\(ids.count) \(word) (\(ids.sorted().joined(separator: ", ")))"
    }
    var parts: [String] = []
    if !groups.isEmpty { parts.append("sensors: " + groups.joined(separator: ", ")) }
    if !buses.isEmpty { parts.append("buses changed: " + buses.sorted().joined(separator: ", ")) }
    if touchesUplink { parts.append("the uplink reconnects") }
    if touchesLog { parts.append("log settings changed") }
    if touchesMetrics { parts.append("metrics changed") }
    return parts.isEmpty ? "nothing has changed" : parts.joined(separator: "; ")
  }
}
