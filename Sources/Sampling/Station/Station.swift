import Drivers
import Scheduling
import Telemetry

/// One bus and the sensors on it. Lives on the thread of the bus, which its sensors may block.
package actor Station: Pinned {
  /// The sensors of a bus, as planned.
  package struct Plan: Sendable {
    package struct Slot: Sendable {
      package let id: String
      package let interval: Duration
      /// Minimum time between a sample and one that the sensor wakes the station for.
      package let rest: Duration
      /// The chip that the sensor is a channel of: sensors of one chip hang together.
      package let chip: String

      /// `chip`: nil, the sensor has a chip of its own.
      package init(id: String, interval: Duration, rest: Duration = .milliseconds(100), chip: String? = nil) {
        self.id = id
        self.interval = interval
        self.rest = rest
        self.chip = chip ?? id
      }
    }

    /// The name of the bus in messages: `i2c-1`, `w1`.
    package let name: String
    package let slots: [Slot]
    /// The sensors share wires, so that one of them can bring all of them down.
    package let sharesWires: Bool
    /// All sensors have to come from the same `open`, because they share a state that another `open` would not know of.
    package let isMadeAsOne: Bool
    /// Opens the bus and makes a sensor for each slot. Runs on the station's loop, at every tick until it succeeds,
    /// because a bus may appear after the daemon. Runs again after `change`.
    package let open: @Sendable () throws(BusError) -> Equipment

    package init(
      name: String, slots: [Slot], sharesWires: Bool, isMadeAsOne: Bool = false,
      open: @escaping @Sendable () throws(BusError) -> Equipment
    ) {
      self.name = name
      self.slots = slots
      self.sharesWires = sharesWires
      self.isMadeAsOne = isMadeAsOne
      self.open = open
    }
  }

  /// The parts that a station works with. It stays on the station's loop.
  package struct Equipment {
    let sensors: [any Sensor]
    /// Takes the power line; nil: the sensors' power is not switched.
    let power: (() -> Result<PowerSwitch, BusError>)?

    package init(sensors: [any Sensor], power: (() -> Result<PowerSwitch, BusError>)? = nil) {
      self.sensors = sensors
      self.power = power
    }
  }

  /// The events that a station reports.
  package enum Observation: Sendable {
    case sampled(sensor: String, Sample, at: Stamp)
    case changed(sensor: String, Health.Change, at: Stamp)
    case busChanged(bus: String, BusHealth.Change, at: Stamp)
    /// The sensors of a stuck bus were switched off and on, or could not be.
    case powerCycled(bus: String, failure: BusError?)
  }

  struct SensorSlot {
    let id: String
    var sensor: (any Sensor)?
    var isStarted = false
    var health = Health()
    var retreat = HangBackoff()
    /// The alert that the loop watches for this sensor.
    var watched: WakeUp?
    /// Timer of the sample to be taken after an alert.
    var waking: TimerToken?
    var sampledAt: Uptime?
  }

  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  var plan: Plan
  private let clock: @Sendable () -> Stamp
  let healthBoard: HealthBoard
  private let tell: @Sendable (Observation) -> Void
  var grid: Grid
  var seats: [SensorSlot]
  /// Nil: a fault of one sensor says nothing about the others.
  var busHealth: BusHealth?
  var power: PowerSwitch?
  private var powerCycledAt: Uptime?
  private var timer: TimerToken?
  private(set) var isStopped = false

  /// `healthBoard` shows the station's state to other threads. `tell` is called on the station's loop.
  package init(
    _ plan: Plan, loop: any Loop, clock: @escaping @Sendable () -> Stamp, healthBoard: HealthBoard = HealthBoard(),
    tell: @escaping @Sendable (Observation) -> Void
  ) {
    self.plan = plan
    self.loop = loop
    self.clock = clock
    self.healthBoard = healthBoard
    self.tell = tell
    grid = Grid(intervals: plan.slots.map(\.interval), start: loop.now)
    seats = plan.slots.map { SensorSlot(id: $0.id, sensor: nil) }
    for slot in plan.slots { healthBoard.commanded(nil, of: slot.id) }
    busHealth = plan.sharesWires ? BusHealth(chips: Set(plan.slots.map(\.chip))) : nil
  }

  /// Takes the first samples now, the others on the grid.
  package func start() { tick() }

  /// No sample is taken after this.
  package func stop() {
    if let timer { loop.cancel(timer) }
    for index in seats.indices { letSleep(index) }
    timer = nil
    isStopped = true
    grid = Grid(intervals: [], start: loop.now)
    // Releases what the sensors hold, for others to take.
    (seats, power) = ([], nil)
  }

  /// Reads these sensors at once, in addition to their slots, and reports the samples as usual. Sensors of other
  /// stations are left out. Returns the result of each, in the order of the file; nothing after `stop`.
  package func readNow(_ sensors: Set<String>) -> [(sensor: String, result: Result<Sample, SensorError>)] {
    let wanted = seats.indices.filter { sensors.contains(seats[$0].id) }
    guard !isStopped, !wanted.isEmpty else { return [] }
    let failure = openIfNeeded()
    return wanted.map { (seats[$0].id, take($0, failure)) }
  }

  /// Changes a sensor's interval. Returns false if the sensor is not on this station.
  package func setInterval(_ interval: Duration, of sensor: String) -> Bool {
    guard !isStopped, let index = seats.firstIndex(where: { $0.id == sensor }) else { return false }
    grid.set(index, interval: interval, at: loop.now)
    healthBoard.commanded(interval, of: sensor)
    setTimer()
    return true
  }

  private func tick() {
    let due = grid.takeDue(at: loop.now)
    let failure = openIfNeeded()
    // Healthy sensors first: a hang then delays only faulty ones.
    for index in due.filter({ !seats[$0].health.isFaulty }) + due.filter({ seats[$0].health.isFaulty })
    where seats[index].retreat.mayTry(at: loop.now) {
      _ = take(index, failure)
    }
    setTimer()
  }

  func setTimer() {
    if let timer { loop.cancel(timer) }
    timer = grid.next.map { deadline in loop.schedule(at: deadline) { self.assumeIsolated { $0.tick() } } }
  }

  /// `failure`: why the bus is not open.
  private func take(_ index: Int, _ failure: BusError?) -> Result<Sample, SensorError> {
    let begin = loop.now
    healthBoard.began(seats[index].id, on: plan.name, at: begin)
    // Sensors from before a change have what they need.
    let failure = seats[index].sensor == nil ? failure : nil
    let result = failure.map { .failure(.bus($0)) } ?? attempt(index)
    settle(index, result, took: loop.now - begin, isOpen: failure == nil)
    seats[index].sampledAt = loop.now
    watch(index)
    return result
  }

  private func openIfNeeded() -> BusError? {
    guard seats.contains(where: { $0.sensor == nil }) else { return nil }
    do throws(BusError) {
      let equipment = try plan.open()
      takePower(equipment)
      for (index, sensor) in equipment.sensors.enumerated() where seats[index].sensor == nil {
        seats[index].sensor = sensor
      }
      return nil
    } catch {
      return error
    }
  }

  /// Without the power line the sensors can still be read.
  private func takePower(_ equipment: Equipment) {
    guard power == nil, let make = equipment.power else { return }
    switch make() {
    case .success(let line): power = line
    case .failure(let error): tell(.powerCycled(bus: plan.name, failure: error))
    }
  }

  private func attempt(_ index: Int) -> Result<Sample, SensorError> {
    let first = sample(index)
    // A sensor known to be faulty is tried only once in its slot, so that it delays no other.
    guard case .failure(let error) = first, error.deservesAnotherTry, !seats[index].health.isFaulty else {
      return first
    }
    return sample(index)
  }

  private func sample(_ index: Int) -> Result<Sample, SensorError> {
    guard var sensor = seats[index].sensor else { return .failure(.notFound(seats[index].id)) }
    defer { seats[index].sensor = sensor }
    do throws(SensorError) {
      if !seats[index].isStarted {
        // `start` may close the watched descriptor.
        unwatch(index)
        try sensor.start()
      }
      seats[index].isStarted = true
      return .success(try sensor.sample())
    } catch {
      // The chip may have lost its power, and its settings with it.
      seats[index].isStarted = false
      return .failure(error)
    }
  }

  private func settle(_ index: Int, _ result: Result<Sample, SensorError>, took duration: Duration, isOpen: Bool) {
    let now = clock()
    healthBoard.ended(seats[index].id, on: plan.name, result, at: now)
    let change: Health.Change?
    let error: SensorError?
    switch result {
    case .success:
      (change, error) = (seats[index].health.succeeded(at: now.uptime), nil)
    case .failure(let cause):
      (change, error) = (seats[index].health.failed(cause, at: now.uptime), cause)
    }
    let isAnew = isOpen && noteBus(index, error, at: now)
    if !isAnew { retreat(index, error, duration) }
    if let change { tell(.changed(sensor: seats[index].id, change, at: now)) }
    if case .success(let sample) = result {
      tell(.sampled(sensor: seats[index].id, sample, at: now.earlier(by: sample.age)))
    }
  }

  /// Returns whether all sensors start from the beginning.
  private func noteBus(_ index: Int, _ error: SensorError?, at now: Stamp) -> Bool {
    let change = busHealth?.heard(of: plan.slots[index].chip, error, at: now.uptime)
    if let change {
      healthBoard.changed(plan.name, change, at: now)
      tell(.busChanged(bus: plan.name, change, at: now))
    }
    let isPowered = busHealth?.isStuck == true && cyclePower()
    if case .freed = change { for seat in seats.indices { seats[seat].retreat.end() } }
    return isPowered
  }

  /// Cycles the power at once, and then every ten minutes while that does not help. Returns whether it was done.
  private func cyclePower() -> Bool {
    guard let power, powerCycledAt.map({ loop.now - $0 >= Self.powerPause }) ?? true else { return false }
    powerCycledAt = loop.now
    var failure: BusError?
    do throws(BusError) { try power.cycle() } catch { failure = error }
    healthBoard.cycledPower(of: plan.name, failure, at: clock())
    tell(.powerCycled(bus: plan.name, failure: failure))
    // The chips have forgotten their settings. All are tried at once, to see whether it has helped.
    for seat in seats.indices {
      seats[seat].isStarted = false
      if failure == nil { seats[seat].retreat.end() }
    }
    return failure == nil
  }
  private static let powerPause = Duration.seconds(600)

  /// On a stuck bus one sensor is as good as another: the back-off of one applies to all. The same goes for the sensors
  /// of one chip that are known to be faulty.
  private func retreat(_ index: Int, _ error: SensorError?, _ duration: Duration) {
    let mates = seats.indices.filter { plan.slots[$0].chip == plan.slots[index].chip }
    guard let error, !error.isAnswer else {
      for seat in mates { seats[seat].retreat.end() }
      return
    }
    let isStuck = busHealth?.isStuck == true
    let all = isStuck ? Array(seats.indices) : mates.filter { $0 == index || seats[$0].health.isFaulty }
    for seat in all { seats[seat].retreat.failed(after: duration, at: loop.now) }
  }

  // MARK: Sensors that wake

  func watch(_ index: Int) {
    let wakeUp = seats[index].isStarted && !isStopped ? seats[index].sensor?.wakeUp : nil
    guard seats[index].watched != wakeUp else { return }
    unwatch(index)
    guard let wakeUp, seats[index].waking == nil else { return }
    seats[index].watched = wakeUp
    loop.watch(wakeUp.descriptor, for: .reading) { _ in self.assumeIsolated { $0.woken(index) } }
  }

  /// Nothing wakes the station for this sensor any more.
  func letSleep(_ index: Int) {
    unwatch(index)
    if let waking = seats[index].waking { loop.cancel(waking) }
    seats[index].waking = nil
  }

  private func unwatch(_ index: Int) {
    guard let watched = seats[index].watched else { return }
    loop.unwatch(watched.descriptor)
    seats[index].watched = nil
  }

  /// The descriptor stays ready until the sample is taken, so it is not watched meanwhile. A chattering contact is
  /// sampled ten times a second; a chip with an alert, as often as its `rest` allows.
  private func woken(_ index: Int) {
    unwatch(index)
    let earliest = seats[index].sampledAt.map { $0 + plan.slots[index].rest } ?? loop.now
    seats[index].waking = loop.schedule(at: max(loop.now, earliest)) {
      self.assumeIsolated { station in
        station.seats[index].waking = nil
        _ = station.take(index, nil)
      }
    }
  }
}
