import ArgumentParser
import Glibc
import Linux
import Telemetry

struct Diagnose: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Packs what support wants to know into one archive.",
    discussion: """
      Versions, the configuration without secrets, the daemon's status, the last 2,000 lines of its log, what is on the \
      buses as far as the kernel knows, the state of the buffer, and what the kernel says of buses and disks. Nothing is \
      changed, and no sensor is asked. What could not be found out is in there with the reason; as root more can be.
      """)

  @Option(help: ArgumentHelp("The configuration.", valueName: "file"), completion: yamlFile)
  var config = "/etc/fieldpost/devices.yaml"

  @Option(
    help: ArgumentHelp(
      "The archive. (default: fieldpost-HOST-TIME.tar.gz, where you are)", valueName: "file"), completion: .file())
  var output: String?

  func run() throws {
    let name = "fieldpost-\(Self.hostName)-\(Self.time)"
    let archive = output ?? "\(name).tar.gz"
    let file: Int32
    do throws(SystemError) { file = try createPrivateFile(archive) } catch {
      throw ValidationError("\(archive) cannot be written: \(error)\(error.code == EEXIST ? Self.another : "")")
    }
    let parts = Diagnosis(config: config).parts
    do throws(SystemError) {
      try writeAll(try Self.packed(parts, name), to: file, archive)
    } catch {
      unlink(archive)
      throw ValidationError("\(archive) cannot be written: \(error)")
    }
    say("\(Self.wholePath(archive)):")
    for part in parts { say("  \(part.name): \(part.meaning)") }
    say(
      "Passwords and keys are not in it. Only you and root can read it. To see all of it: tar -xzOf \(archive) | less")
  }

  /// The absolute path, so that a person finds the archive from any folder.
  private static func wholePath(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static let another = "; give another name with --output"

  /// Packs the parts in a folder that only we can enter. The archive goes to tar's standard output, because tar would
  /// take a file name such as `a:b` for a file on another computer.
  private static func packed(_ parts: [Diagnosis.Part], _ name: String) throws(SystemError) -> [UInt8] {
    let work = try temporaryFolder()
    defer { _ = SupportProgram("/usr/bin/rm", "-rf", "--", work).run() }
    mkdir("\(work)/\(name)", 0o700)
    for part in parts {
      try replaceVolatileFile("\(work)/\(name)/\(part.name)", with: Array(printableLines(part.text()).utf8))
    }
    let packed = SupportProgram("/usr/bin/tar", "-czf", "-", "-C", work, "--", name).output()
    guard packed.status == 0 else { throw SystemError("pack with tar, which ended with \(packed.status)", code: EIO) }
    return packed.bytes
  }

  private static func temporaryFolder() throws(SystemError) -> String {
    var template = Array("/tmp/fieldpost-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError("make a folder in /tmp", code: errno) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // A DHCP server may have chosen the name, and here it becomes part of a file's name.
    return String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" })
  }

  /// `20261123T194500Z`.
  private static var time: String {
    SystemClock.stamp().wall.rfc3339.prefix { $0 != "." }.filter { $0 != "-" && $0 != ":" } + "Z"
  }
}
