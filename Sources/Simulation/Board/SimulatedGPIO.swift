import Drivers
import Glibc
import Telemetry

/// GPIO lines whose levels are set by hand or by a curve. They belong to one thread.
package final class SimulatedGPIO: GPIOBank {
  package typealias Level = () -> Result<Bool, BusError>

  /// A chip's answer to a start signal. `low`: how long the host held the line low. The edges count from the release of
  /// the line.
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
  /// The lines have no interrupt: requests for edges fail.
  package var hasNoEdges = false

  /// `time`: nil means that nothing takes any time.
  package init(time: SimulatedTime? = nil) { self.time = time }

  package var now: Uptime { time?.now() ?? Uptime(nanoseconds: 0) }

  package func pause(_ duration: Duration) { time?.pause(duration) }

  /// Creates a line for output. `observer` is called whenever it is driven.
  package func observe(_ line: LineSelector, _ observer: @escaping (_ high: Bool) -> Void) {
    levels[line] = { .success(true) }
    observers[line] = observer
  }

  /// Creates a line whose level comes from `level` at every sample. True is high.
  package func drive(_ line: LineSelector, _ level: @escaping Level) { levels[line] = level }

  /// Sets a line high or low from now on. A change queues an edge, if the bank has a time.
  package func set(_ line: LineSelector, high: Bool) {
    let before = try? levels[line]?().get()
    levels[line] = { .success(high) }
    if before != high, time != nil { pendingEdges[line, default: []].append((high, now)) }
  }

  /// Creates a line on which a chip answers a start signal.
  package func answer(on line: LineSelector, _ answer: @escaping Answer) {
    levels[line] = { .success(true) }
    answers[line] = answer
  }

  /// Creates a line that changes by itself. `wave` returns the edges since its last call.
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
