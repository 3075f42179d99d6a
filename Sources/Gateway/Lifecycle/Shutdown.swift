/// Progress of the shutdown. A value: events go in, the next step comes out.
struct Shutdown: Sendable {
  enum Step: Hashable, Sendable {
    /// The stations take no more samples: the uplink should say goodbye.
    case stopUplink
    /// Nothing more arrives, and nothing is waited for.
    case closeSpool
  }

  private(set) var hasBegun = false
  private(set) var isClosing = false
  private(set) var ending = Gateway.Ending.stopped
  private var stationsLeft = 0
  private var areStationsAwaited = true
  private var isUplinkGone = false

  /// The part that the shutdown is waiting for.
  var obstacle: String {
    if isClosing { return "the disk of the buffer" }
    return areStationsAwaited ? "a bus" : "the uplink"
  }

  mutating func begin(_ ending: Gateway.Ending, stations: Int, hasUplink: Bool) -> Step? {
    (hasBegun, self.ending, stationsLeft, isUplinkGone) = (true, ending, stations, !hasUplink)
    return stations == 0 ? stationsAreDone() : nil
  }

  mutating func stationStopped() -> Step? {
    stationsLeft -= 1
    return stationsLeft == 0 ? stationsAreDone() : nil
  }

  mutating func stationsAreLate() -> Step? { stationsAreDone() }

  /// The uplink has said goodbye, because of the shutdown or of a reload that was under way. After a reload, stations
  /// may still be in the middle of a sample.
  mutating func uplinkFinished() -> Step? {
    isUplinkGone = true
    return areStationsAwaited ? nil : close()
  }

  mutating func uplinkIsLate() -> Step? { close() }

  private mutating func stationsAreDone() -> Step? {
    guard areStationsAwaited else { return nil }
    areStationsAwaited = false
    return isUplinkGone ? close() : .stopUplink
  }

  private mutating func close() -> Step? {
    guard !isClosing else { return nil }
    isClosing = true
    return .closeSpool
  }
}
