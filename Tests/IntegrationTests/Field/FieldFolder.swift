import Foundation
import TestSupport
import Testing

/// A report from the field: a folder below Tests/Field.
struct FieldFolder: Sendable, CustomTestStringConvertible {
  let path: String

  var name: String { (path as NSString).lastPathComponent }
  var testDescription: String { name }

  static let all: [FieldFolder] = {
    let field = projectFolder + "/Tests/Field"
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: field)) ?? []
    let folders = entries.filter { name in
      var isDirectory: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(field)/\(name)", isDirectory: &isDirectory)
        && isDirectory.boolValue
    }
    return folders.sorted().map { FieldFolder(path: "\(field)/\($0)") }
  }()

  func has(_ file: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(file)") }

  /// A copy that the test may change.
  func copied(to workplace: Workplace) throws -> FieldFolder {
    let copy = workplace.path("report")
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    return FieldFolder(path: copy)
  }

  /// The right output by the folder's files. Empty: a program judges it.
  func claims() throws -> [FieldClaim] {
    guard has("expected") else {
      try #require(has("run"), "\(name) has neither a file expected nor a program run")
      return []
    }
    return try FieldClaim.all(String(contentsOfFile: "\(path)/expected", encoding: .utf8))
  }

  /// The files that stand in for the board.
  func boardOptions() throws -> [String] {
    let (hasRoot, hasScenario) = (has("root"), has("scenario.yaml"))
    try #require(!(hasRoot && hasScenario), "\(name): root/ and scenario.yaml are two boards; one of them can be used")
    if hasScenario { return ["--scenario", "\(path)/scenario.yaml"] }
    return hasRoot ? ["--root", "\(path)/root"] : ["--simulate"]
  }
}
