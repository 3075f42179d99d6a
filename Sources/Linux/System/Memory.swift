import CLinux

/// The process's memory.
package enum Memory {
  /// Releases the pages of code and constants that were touched during the start: reading the configuration, setting up
  /// TLS, the Swift runtime's search through all conformances. The kernel maps sixteen pages for each one touched, so
  /// that is most of the program. Only a fraction is used from then on, and is mapped again on demand.
  package static func releaseStartupCode() { clinux_release_code() }
}
