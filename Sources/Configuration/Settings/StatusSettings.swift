/// Where the daemon says how it is.
package struct StatusSettings: Hashable, Sendable {
  /// A socket of the local machine: an absolute path of at most 103 bytes.
  package var socket = "/run/fieldpost/status"
  /// Nil: none are written.
  package var metrics: MetricsSettings?

  package init() {}
}

/// A file in the OpenMetrics format, for a collector of this machine.
package struct MetricsSettings: Hashable, Sendable {
  /// An absolute path. It is replaced again and again: not for a flash.
  package var file: String
  /// 5 s … 1 h.
  package var every = Duration.seconds(30)

  package init(file: String) { self.file = file }
}
