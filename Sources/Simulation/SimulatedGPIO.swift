import Drivers
import Glibc

/// GPIO lines that are moved by hand or by a curve. They belong to one thread.
public final class SimulatedGPIO: GPIOBank {
  public typealias Level = () -> Result<Bool, BusError>

  private final class Line: GPIOLine {
    private let level: Level
    private let activeLow: Bool

    init(level: @escaping Level, activeLow: Bool) {
      self.level = level
      self.activeLow = activeLow
    }

    func isActive() throws(BusError) -> Bool { try level().get() != activeLow }
  }

  private struct Taken {
    weak var line: Line?
  }

  private var levels: [LineSelector: Level] = [:]
  private var taken: [LineSelector: Taken] = [:]

  public init() {}

  /// Makes a line whose level is asked for at every sample. True is high.
  public func drive(_ line: LineSelector, _ level: @escaping Level) { levels[line] = level }

  /// Sets a line high or low until further notice.
  public func set(_ line: LineSelector, high: Bool) { levels[line] = { .success(high) } }

  public func input(_ request: LineRequest) throws(BusError) -> any GPIOLine {
    guard levels[request.line] != nil else { throw Self.absent(request.line) }
    guard taken[request.line]?.line == nil else { throw BusError(.failed, "take \(request.line)", code: EBUSY) }
    let line = Line(
      level: { [weak self] in self?.levels[request.line]?() ?? .failure(Self.absent(request.line)) },
      activeLow: request.activeLow)
    taken[request.line] = Taken(line: line)
    return line
  }

  private static func absent(_ line: LineSelector) -> BusError { BusError(.absent, "find \(line)", code: ENOENT) }
}
