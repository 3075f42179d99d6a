import Foundation
import Testing

@testable import Linux

@Suite("Files that are replaced")
struct ReplacedFileTests {
  private let folder = NSTemporaryDirectory() + "/fieldpost-replace-" + UUID().uuidString

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  private func clean() { try? FileManager.default.removeItem(atPath: folder) }

  @Test("A folder that is not there is an error that names the file")
  func nowhere() {
    defer { clean() }
    let path = folder + "/x/y.new"
    #expect(throws: SystemError("open \(path)", code: ENOENT).explained(by: path)) {
      try replaceFile(folder + "/x/y", with: [1])
    }
  }

  @Test("What cannot be replaced stays as it is")
  func obstacle() throws {
    defer { clean() }
    let path = folder + "/state"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(throws: SystemError("rename \(path).new", code: EISDIR)) { try replaceFile(path, with: [1]) }
  }

  @Test("Somebody's link in place of the new file is not followed")
  func link() throws {
    defer { clean() }
    let target = folder + "/target"
    try Data([7]).write(to: URL(fileURLWithPath: target))
    try FileManager.default.createSymbolicLink(atPath: folder + "/state.new", withDestinationPath: target)
    #expect(throws: SystemError("open \(folder)/state.new", code: ELOOP)) {
      try replaceFile(folder + "/state", with: [1])
    }
    #expect(try readFile(target, limit: 9) == [7])
  }

  @Test("The content is the last one, longer or shorter, and only its owner may read it")
  func replaces() throws {
    defer { clean() }
    let path = folder + "/state"
    for bytes: [UInt8] in [[1, 2, 3], [], Array(repeating: 5, count: 100_000), [9]] {
      try replaceFile(path, with: bytes)
      #expect(try readFile(path, limit: 200_000) == bytes)
    }
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["state"])
  }
}
