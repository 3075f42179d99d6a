/// Where the daemon publishes its status on this machine.
package struct StatusSettings: Hashable, Sendable {
  /// Path of a Unix socket: absolute, at most 103 bytes.
  package var socket = "/run/fieldpost/status"
  /// Metrics file; nil: none is written.
  package var metrics: MetricsSettings?

  package init() {}
}

/// A file in the OpenMetrics format, for a collector on this machine.
package struct MetricsSettings: Hashable, Sendable {
  /// An absolute path. The file is replaced at every interval, so it should not be on flash.
  package var file: String
  /// Interval between writes: 5 s … 1 h.
  package var every = Duration.seconds(30)

  package init(file: String) { self.file = file }
}
