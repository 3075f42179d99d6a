/// Where the daemon says how it is.
public struct StatusSettings: Hashable, Sendable {
  /// A socket of the local machine: an absolute path of at most 103 bytes.
  public var socket = "/run/fieldpost/status"
  /// Nil: none are written.
  public var metrics: MetricsSettings?

  public init() {}
}

/// A file in the OpenMetrics format, for a collector of this machine.
public struct MetricsSettings: Hashable, Sendable {
  /// An absolute path. It is replaced again and again: not for a flash.
  public var file: String
  /// 5 s … 1 h.
  public var every = Duration.seconds(30)

  public init(file: String) { self.file = file }
}
