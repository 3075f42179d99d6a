import Telemetry

extension Station {
  /// Replaces the station's sensors. The `kept` sensors carry on undisturbed. The others start from the beginning,
  /// except that a known fault continues. `keepsPower`: the switch of the sensors' power is the same. The rest of the
  /// plan, and the bus, have to be the same. Where all sensors are made together, the kept ones too are made and set up
  /// again, in their slots.
  package func change(to plan: Plan, keeping kept: Set<String>, keepsPower: Bool) {
    guard !isStopped else { return }
    for index in seats.indices { letSleep(index) }
    let (former, formerGrid) = (seats, grid)
    let places = Dictionary(former.indices.map { (former[$0].id, $0) }) { first, _ in first }
    let makesAll = self.plan.isMadeAsOne || plan.isMadeAsOne
    // The other sensors release what they hold before it is requested again.
    seats = plan.slots.map { slot in
      guard let place = places[slot.id] else { return SensorSlot(id: slot.id) }
      if kept.contains(slot.id) {
        var seat = former[place]
        if makesAll { (seat.sensor, seat.isStarted) = (nil, false) }
        return seat
      }
      var seat = SensorSlot(id: slot.id)
      seat.health = former[place].health
      return seat
    }
    grid = Grid(intervals: plan.slots.map(\.interval), start: loop.now)
    for (index, slot) in plan.slots.enumerated() where kept.contains(slot.id) {
      if let place = places[slot.id] { grid.keep(index, as: place, in: formerGrid) }
    }
    for slot in plan.slots where !kept.contains(slot.id) { healthBoard.commanded(nil, of: slot.id) }
    if !keepsPower { power = nil }
    busHealth?.change(to: Set(plan.slots.map(\.chip)))
    // The next tick opens what is missing.
    self.plan = plan
    for index in seats.indices { watch(index) }
    setTimer()
  }
}
