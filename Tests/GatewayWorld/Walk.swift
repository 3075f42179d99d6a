import Telemetry
import TestSupport
import Uplink

/// A random hand over a world: it draws a configuration and what may go wrong, does things at random moments, mends
/// everything at the end, and asks whether what must hold has held. The seed repeats it.
package struct Walk {
  /// The faults of one walk. A walk with few kinds asks more of the gateway: its readings must come in order.
  package struct Kinds: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let network = Kinds(rawValue: 1)
    package static let refusals = Kinds(rawValue: 2)
    package static let disk = Kinds(rawValue: 4)
    package static let power = Kinds(rawValue: 8)
    package static let clock = Kinds(rawValue: 16)
    package static let reloads = Kinds(rawValue: 32)
    package static let hangs = Kinds(rawValue: 64)
    package static let cards = Kinds(rawValue: 128)
    package static let all: [Kinds] = [.network, .refusals, .disk, .power, .clock, .reloads, .hangs, .cards]
  }

  /// A mistake that the walk has to find: the test of the test.
  package enum Plant: String, CaseIterable, Sendable {
    /// The broker acknowledges some messages and forgets them.
    case forgetfulBroker = "forgetful-broker"
    /// The card says that it has synced, and has not.
    case lyingCard = "lying-card"
  }

  package let seed: UInt64
  package let kinds: Kinds
  package let world: World
  private var random: SeededRandom
  private var plan: WalkPlan
  /// Until the world is mended, in virtual time.
  private let length: Duration

  package init(seed: UInt64, plant: Plant? = nil, trace: ((String) -> Void)? = nil) {
    self.seed = seed
    random = SeededRandom(seed: seed)
    var drawn: Kinds = []
    for kind in Kinds.all where random.next() % 2 == 0 { drawn.insert(kind) }
    if plant == .lyingCard { drawn.insert(.power) }
    kinds = drawn
    length = .seconds(Int64(3_600 + random.next() % 14_400))
    plan = WalkPlan(&random)
    world = World(
      seed: random.next(), configuration: plan.text, scenario: plan.scenario(within: length, &random),
      slotsPerSegment: [8, 16, 64][Int(random.next() % 3)],
      isOrdered: kinds.isDisjoint(with: [.refusals, .disk, .cards]) && !plan.isNewestFirst)
    world.trace = trace
    world.broker.forgets = plant == .forgetfulBroker
    world.card.lies = plant == .lyingCard
  }

  /// Returns what has not held; none: all is well.
  package mutating func run() -> [String] {
    world.start()
    while world.age < length, world.audit.findings.isEmpty {
      act()
      world.run(for: pause())
      startAgain()
    }
    if world.audit.findings.isEmpty {
      world.configuration = plan.text
      say("everything is mended")
      world.conclude()
    }
    return world.audit.findings
  }

  /// Short pauses let things meet, long ones let time-outs pass.
  private mutating func pause() -> Duration {
    switch random.next() % 8 {
    case 0: .milliseconds(Int64(random.next() % 500))
    case 1, 2: .milliseconds(Int64(random.next() % 5_000))
    case 3, 4, 5: .seconds(Int64(random.next() % 60))
    case 6: .seconds(Int64(random.next() % 300))
    default: .seconds(Int64(random.next() % 1_800))
    }
  }

  private func say(_ text: String) { world.trace?("\(brief(world.age)) ---- \(text)") }

  private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

  // MARK: What may happen

  private mutating func act() {
    let possible = Kinds.all.filter { kinds.contains($0) }
    guard !possible.isEmpty else { return }
    switch possible[Int(random.next() % UInt64(possible.count))] {
    case .network: changeReach()
    case .refusals: changeRefusals()
    case .disk: changeDisk()
    case .power: endIt()
    case .clock: changeClock()
    case .reloads: command()
    case .hangs: hang()
    default: if chance(20) { changeCard() }
    }
  }

  private mutating func changeReach() {
    switch random.next() % 6 {
    case 0, 1: reach(.down)
    case 2: reach(.silent)
    case 3:
      world.broker.weather.latency = .milliseconds(Int64([1, 20, 400, 3_000][Int(random.next() % 4)]))
      world.broker.weather.window = chance(50) ? Int(1 + random.next() % 5) : nil
      say("latency \(world.broker.weather.latency), window \(world.broker.weather.window ?? 0)")
    case 4:
      say("taken over")
      world.broker.takeOver()
    default: reach(.up)
    }
  }

  private func reach(_ reach: WorldBroker.Reach) {
    say("the broker is \(reach)")
    world.broker.reach(reach)
  }

  private mutating func changeRefusals() {
    var weather = WorldBroker.Weather()
    switch random.next() % 11 {
    case 0: weather.later = 20
    case 1: weather.denied = [plan.sensors[Int(random.next() % UInt64(plan.sensors.count))]]
    case 2: weather.poison = 3
    case 3: weather.largestPayload = 150 + Int(random.next() % 600)
    case 4: weather.blocks = 20
    case 5: weather.unprepared = .seconds(7)
    case 6: weather.breaks = 5
    case 7: (weather.poison, weather.isPoisonDeadly) = (1 + random.next() % 2, true)
    case 8: weather.largestPassing = 250 + Int(random.next() % 1_000)
    default: break
    }
    weather.shuffles = chance(30)
    if chance(10) { weather.refusal = [.denied, .busy, .adapted, .stranger][Int(random.next() % 4)] }
    say("weather \(weather)")
    world.broker.weather = weather
  }

  private mutating func changeDisk() {
    let fault = chance(40) ? nil : Card.Fault.allCases[Int(random.next() % UInt64(Card.Fault.allCases.count))]
    say("the disk is \(fault.map { "\($0)" } ?? "well")")
    world.fail(fault)
  }

  private mutating func endIt() {
    switch random.next() % 3 {
    case 0:
      say("stop")
      world.stop()
    case 1:
      say("kill")
      world.end(.killed)
    default:
      say("power cut")
      world.end(.powerCut)
      // A board without a clock of its own begins with a wrong one.
      if chance(50) { world.setClock(wrongBy: .seconds(-Int64(random.next() % 10_000_000)), synced: false) }
    }
  }

  private mutating func changeClock() {
    let wrong = Duration.seconds(Int64(random.next() % 7_200) - 3_600)
    switch random.next() % 3 {
    case 0: world.setClock(wrongBy: .zero, synced: true)
    case 1: world.setClock(wrongBy: wrong, synced: false)
    default: world.setClock(wrongBy: .milliseconds(Int64(random.next() % 200)), synced: true)
    }
    say("the clock is changed, synced \(world.isSynced)")
  }

  private mutating func command() {
    switch random.next() % 5 {
    case 0: world.broker.command("{\"command\":\"read-now\"}")
    case 1: world.broker.command("{\"command\":\"status\"}")
    default:
      plan.change(&random)
      if chance(10) { plan.isBroken = true }
      world.configuration = plan.text
      plan.isBroken = false
      say("reload\n\(world.configuration)")
      world.reload()
    }
  }

  private mutating func hang() {
    let thread = ["spool", "uplink", "i2c-1", "w1", "main"][Int(random.next() % 5)]
    let length = Duration.milliseconds(Int64(random.next() % 20_000))
    say("\(thread) hangs for \(brief(length))")
    world.hang(thread, for: length)
  }

  private mutating func changeCard() {
    guard world.isRunning else { return }
    say("another card")
    world.end(.powerCut)
    world.run(for: .seconds(10))
    world.loseCard()
  }

  /// systemd starts it again, or the board boots.
  private mutating func startAgain() {
    guard !world.isRunning else { return }
    if world.ending == .noSpool || world.ending == .otherDevice { world.find("it refuses its own buffer") }
    world.run(for: .milliseconds(Int64(random.next() % 10_000)))
    if (try? world.settings()) == nil {
      world.configuration = plan.text
    }
    say("start")
    world.start()
  }
}
