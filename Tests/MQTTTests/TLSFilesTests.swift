import Foundation
import Testing

@testable import MQTT

@Suite("Certificates that are replaced while a connection stands")
final class TLSFilesTests {
  private let folder = NSTemporaryDirectory() + "/fieldpost-\(UUID().uuidString)"

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func write(_ name: String, _ text: String) throws {
    try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
  }

  private func files(authorities: Bool = false) throws -> Looks {
    for name in ["ca", "certificate", "key"] { try write(name, "old") }
    return Looks(
      TLSFiles(
        MosquittoOptions.TLS(
          authorities: authorities ? folder + "/ca" : nil, certificate: folder + "/certificate", key: folder + "/key",
          psk: nil, alpn: nil, isInsecure: false)))
  }

  @Test("Files that stay are never replaced") func same() throws {
    let files = try files()
    for _ in 1...10 { #expect(!files.wereReplaced(isBusy: false)) }
  }

  @Test("A replaced file counts at the second look, and from then on", arguments: ["certificate", "key", "ca"])
  func settled(_ name: String) throws {
    let files = try files(authorities: true)
    try write(name, "new")
    #expect(!files.wereReplaced(isBusy: false))
    #expect(files.wereReplaced(isBusy: false))
    #expect(files.wereReplaced(isBusy: false))
  }

  @Test("A file rewritten in place with a text of the same length counts too") func inPlace() throws {
    let files = try files()
    let handle = try #require(FileHandle(forWritingAtPath: folder + "/key"))
    try handle.write(contentsOf: Data("new".utf8))
    try handle.close()
    var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, folder + "/key", &times, 0) == 0)
    #expect(!files.wereReplaced(isBusy: false))
    #expect(files.wereReplaced(isBusy: false))
  }

  @Test("While the second file is still being replaced nothing happens") func half() throws {
    let files = try files()
    try write("certificate", "new")
    #expect(!files.wereReplaced(isBusy: false))
    try write("key", "new")
    #expect(!files.wereReplaced(isBusy: false))
    #expect(files.wereReplaced(isBusy: false))
  }

  @Test("A file that is gone is not used, and one that comes back unchanged was not replaced") func gone() throws {
    let files = try files()
    let (key, aside) = (folder + "/key", folder + "/aside")
    #expect(rename(key, aside) == 0)
    for _ in 1...3 { #expect(!files.wereReplaced(isBusy: false)) }
    #expect(rename(aside, key) == 0)
    for _ in 1...3 { #expect(!files.wereReplaced(isBusy: false)) }
  }

  @Test("With messages on their way a quiet moment is waited for, but not for ever") func busy() throws {
    let files = try files()
    try write("key", "new")
    #expect(!files.wereReplaced(isBusy: false))
    for _ in 1..<TLSFiles.busyLooks { #expect(!files.wereReplaced(isBusy: true)) }
    let quiet = Looks(files.files)
    #expect(quiet.wereReplaced(isBusy: false))
    #expect(files.wereReplaced(isBusy: true))
  }

  @Test("Without files of our own there is nothing to replace") func none() {
    let files = Looks(
      TLSFiles(
        MosquittoOptions.TLS(
          authorities: nil, certificate: nil, key: nil, psk: .init(identity: "a", key: "00"), alpn: nil,
          isInsecure: false)))
    for _ in 1...3 { #expect(!files.wereReplaced(isBusy: false)) }
  }
}

/// A test's condition may not change a value.
private final class Looks {
  private(set) var files: TLSFiles

  init(_ files: TLSFiles) { self.files = files }

  func wereReplaced(isBusy: Bool) -> Bool { files.wereReplaced(isBusy: isBusy) }
}
