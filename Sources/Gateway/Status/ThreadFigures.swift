import Uplink

/// The threads that keep figures to themselves.
enum FigureSource: Hashable, Sendable { case spool, uplink }

/// The figures that the threads have told. A nil member: that thread has not answered.
struct ThreadFigures: Sendable {
  var spool: SpoolFigures?
  var uplink: UplinkFigures?
}
