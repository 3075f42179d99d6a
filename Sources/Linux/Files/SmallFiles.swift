/// The small files that must survive a power cut: the raised alarms, the dead letters.
package protocol SmallFiles: Sendable {
  /// At most `limit` bytes of a file.
  func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8]

  /// After a power cut the file has either the old content or the new.
  func replace(_ path: String, with bytes: [UInt8]) throws(SystemError)

  /// Returns when the line is on the disk.
  func append(_ line: [UInt8], to file: LineFile) throws(SystemError)
}

/// The files of this machine.
package struct KernelFiles: SmallFiles {
  package init() {}

  package func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] { try readFile(path, limit: limit) }

  package func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) { try replaceFile(path, with: bytes) }

  package func append(_ line: [UInt8], to file: LineFile) throws(SystemError) { try file.append(line, synced: true) }
}
