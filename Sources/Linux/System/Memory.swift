import CLinux

/// The process's memory.
package enum Memory {
  /// Gives back the pages of code and constants that the start has touched: reading the configuration, setting up TLS,
  /// the Swift runtime's search through all conformances. The kernel maps sixteen pages for each that is touched, so
  /// that is most of the program; what is used from then on is a fraction, and comes back by itself.
  package static func releaseStartupCode() { clinux_release_code() }
}
