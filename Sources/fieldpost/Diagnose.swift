import ArgumentParser
import Foundation

struct Diagnose: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Packs what support wants to know into one archive.",
    discussion: """
      Versions, the configuration without secrets, the daemon's status, the last 2,000 lines of its log, what is on the \
      buses as far as the kernel knows, the state of the buffer, and what the kernel says of buses and disks. Nothing is \
      changed, and no sensor is asked. What could not be found out is in there with the reason; as root more can be.
      """)

  @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
  var config = "/etc/fieldpost/devices.yaml"

  @Option(
    help: ArgumentHelp(
      "The archive. (default: fieldpost-HOST-TIME.tar.gz, where you are)", valueName: "file"))
  var output: String?

  func run() throws {
    let name = "fieldpost-\(ProcessInfo.processInfo.hostName)-\(Self.time())"
    let work = FileManager.default.temporaryDirectory.appendingPathComponent("\(name)-\(UUID().uuidString)")
    let folder = work.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: work) }
    let parts = Diagnosis(config: config).parts
    for part in parts {
      try Data(part.text().utf8).write(to: folder.appendingPathComponent(part.name))
    }
    let archive = output ?? "\(name).tar.gz"
    let said = SupportProgram("/usr/bin/tar", "-czf", archive, "-C", work.path, name).run()
    guard said.status == 0 else { throw ValidationError("\(archive) cannot be written: \(said.text)") }
    let size = (try? FileManager.default.attributesOfItem(atPath: archive)[.size] as? Int) ?? 0
    print("\(archive): \((size + 1_023) / 1_024) KiB")
    for part in parts { print("  \(part.name): \(part.meaning)") }
    print("Passwords and keys are not in it. To see all of it: tar -xzOf \(archive) | less")
  }

  private static func time() -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(secondsFromGMT: 0)
    format.dateFormat = "yyyyMMdd'T'HHmmss'Z'"
    return format.string(from: Date())
  }
}
