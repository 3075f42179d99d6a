import Drivers
import Glibc
import Telemetry

/// GPIO lines that are moved by hand or by a curve. They belong to one thread.
package final class SimulatedGPIO: GPIOBank {
  package typealias Level = () -> Result<Bool, BusError>

  /// What a chip sends after it was asked by a line that was low for so long: its edges, from the release of the line on.
  package typealias Answer = (_ low: Duration) -> [(isHigh: Bool, after: Duration)]

  private final class Line: GPIOLine, GPIOOutput {
    let bank: SimulatedGPIO
    let request: LineRequest
    var lowSince: Uptime?

    init(_ bank: SimulatedGPIO, _ request: LineRequest) {
      self.bank = bank
      self.request = request
    }

    func isActive() throws(BusError) -> Bool {
      guard let level = bank.levels[request.line] else { throw SimulatedGPIO.absent(request.line) }
      return try level().get() != request.activeLow
    }

    func edges() throws(BusError) -> [Edge] { request.hasEdges ? bank.takeEdges(request) : [] }

    var wakeUp: WakeUp? { nil }

    func drive(high: Bool) throws(BusError) {
      lowSince = high ? nil : bank.now
      bank.observers[request.line]?(high)
    }

    func listen(_ bias: LineBias, for duration: Duration) throws(BusError) -> [Edge] {
      let begin = bank.now
      bank.pause(duration)
      let answer = bank.answers[request.line]?(lowSince.map { begin - $0 } ?? .zero) ?? []
      return answer.filter { $0.after <= duration }.map { Edge(isActive: $0.isHigh, at: begin + $0.after) }
    }
  }

  private struct Taken {
    weak var line: Line?
  }

  private let time: SimulatedTime?
  private var levels: [LineSelector: Level] = [:]
  private var answers: [LineSelector: Answer] = [:]
  private var observers: [LineSelector: (_ high: Bool) -> Void] = [:]
  private var waves: [LineSelector: (Uptime) -> [(isHigh: Bool, at: Uptime)]] = [:]
  private var pendingEdges: [LineSelector: [(isHigh: Bool, at: Uptime)]] = [:]
  private var taken: [LineSelector: Taken] = [:]
  /// Its lines have no interrupt.
  package var hasNoEdges = false

  /// Without a time nothing takes any.
  package init(time: SimulatedTime? = nil) { self.time = time }

  package var now: Uptime { time?.now() ?? Uptime(nanoseconds: 0) }

  package func pause(_ duration: Duration) { time?.pause(duration) }

  /// Makes a line that is there to be driven; `observer` is told whenever it is.
  package func observe(_ line: LineSelector, _ observer: @escaping (_ high: Bool) -> Void) {
    levels[line] = { .success(true) }
    observers[line] = observer
  }

  /// Makes a line whose level is asked for at every sample. True is high.
  package func drive(_ line: LineSelector, _ level: @escaping Level) { levels[line] = level }

  /// Sets a line high or low until further notice; its edge is kept.
  package func set(_ line: LineSelector, high: Bool) {
    let before = try? levels[line]?().get()
    levels[line] = { .success(high) }
    if before != high, time != nil { pendingEdges[line, default: []].append((high, now)) }
  }

  /// Lets a chip answer on a line that it is asked on.
  package func answer(on line: LineSelector, _ answer: @escaping Answer) {
    levels[line] = { .success(true) }
    answers[line] = answer
  }

  /// A line that moves by itself: `wave` gives its edges since it was asked the last time.
  package func wave(on line: LineSelector, _ wave: @escaping (_ now: Uptime) -> [(isHigh: Bool, at: Uptime)]) {
    levels[line] = { .success(true) }
    waves[line] = wave
  }

  package func input(_ request: LineRequest) throws(BusError) -> any GPIOLine {
    pendingEdges[request.line] = nil
    return try take(request)
  }

  package func output(_ line: LineSelector, high: Bool) throws(BusError) -> any GPIOOutput {
    let made = try take(LineRequest(line: line, bias: .asIs, activeLow: false))
    try made.drive(high: high)
    return made
  }

  private func take(_ request: LineRequest) throws(BusError) -> Line {
    guard levels[request.line] != nil else { throw Self.absent(request.line) }
    guard !(hasNoEdges && request.hasEdges) else { throw BusError(.failed, "take \(request.line)", code: ENXIO) }
    guard taken[request.line]?.line == nil else { throw BusError(.failed, "take \(request.line)", code: EBUSY) }
    let line = Line(self, request)
    taken[request.line] = Taken(line: line)
    return line
  }

  private func takeEdges(_ request: LineRequest) -> [Edge] {
    let now = now
    pendingEdges[request.line, default: []] += waves[request.line]?(now) ?? []
    let due = pendingEdges[request.line]?.filter { $0.at <= now } ?? []
    pendingEdges[request.line]?.removeAll { $0.at <= now }
    return due.map { Edge(isActive: $0.isHigh != request.activeLow, at: $0.at) }
  }

  private static func absent(_ line: LineSelector) -> BusError { BusError(.absent, "find \(line)", code: ENOENT) }
}
