import Configuration
import Drivers
import Linux
import Telemetry

/// Puts a configuration from the boot partition into use. It is safe against power loss: after every step either the
/// old or the new configuration is complete and in use, and running this again finishes the job.
struct Provisioning {
  let folder: BootFolder
  let store: ConfigurationStore
  let board: any Sysfs

  private static let name = "devices.yaml"

  /// Returns a summary of the configuration taken into use; nil when there was nothing to do.
  func run() throws -> String? {
    let brought = try folder.files()
    guard !brought.isEmpty else {
      folder.forgetErrors()
      return nil
    }
    let inUse = try store.filesInUse()
    // The last run lost power after taking these files into use, while removing them from the card.
    let isRepetition = brought.allSatisfy { name, bytes in inUse[name].map { wasTaken(bytes, as: $0) } ?? false }
    let text = isRepetition ? try summary(store.path + "/" + Self.name) : try takeIntoUse(brought, over: inUse)
    do throws(SystemError) {
      try folder.takeAway(brought, first: Self.name)
    } catch {
      throw Leftover(
        text:
          "\(printable("\(error)"))\nThe configuration is in use, but it could not be taken away from "
          + "\(printable(folder.path)).\n"
      )
    }
    // Only tidying: a failure here is harmless, and the next run makes up for it.
    try? store.removeOldSets()
    try? folder.tell(acceptance: text)
    return text
  }

  private func takeIntoUse(_ brought: [String: [UInt8]], over inUse: [String: [UInt8]]) throws -> String {
    let files = inUse.merging(brought.mapValues(withoutMark)) { $1 }
    guard files[Self.name] != nil else { throw Refusal(text: missing(brought)) }
    let password = StoredPassword(files, over: inUse, kept: try store.filesKept())
    if let text = password.refusal(brought: Set(brought.keys)) { throw Refusal(text: text) }
    let staged = try store.stage(files, keeping: password.carried)
    let text: String
    do {
      text = try summary(staged + "/" + Self.name)
    } catch let error as ConfigurationError {
      store.unstage()
      throw Refusal(text: error.rendered(inColour: false) + hints(error, brought))
    }
    try store.take()
    return text
  }

  private func summary(_ path: String) throws -> String {
    let settings: Settings
    do throws(ConfigurationError) {
      settings = try load(path, board)
    } catch {
      // The mistake may pass, as with a network interface that comes up later: the daemon tries again until it is
      // there.
      guard error.mayPass else { throw error }
      settings = try load(path, nil)
    }
    return fieldpost.summary(of: settings, device: settings.device.id, file: Self.name) + "\n"
  }

  private func load(_ path: String, _ board: (any Sysfs)?) throws(ConfigurationError) -> Settings {
    try ConfigurationLoader.load(path: path, called: Self.name, environment: environment, board: board)
  }

  private func missing(_ brought: [String: [UInt8]]) -> String {
    let alike = brought.keys.sorted().first { $0.lowercased().hasPrefix("devices.") }
    let hint = alike.map { "; \(printable($0)) has to be renamed (Windows hides the .txt at the end of a name)" } ?? ""
    return "there is no file \(Self.name) here\(hint)\n"
  }

  /// Hints at files that were brought but named with a path: people write the path that the file would have on the
  /// board.
  private func hints(_ error: ConfigurationError, _ brought: [String: [UInt8]]) -> String {
    let paths = error.problems.map { $0.reason.prefix { $0 != ":" } }.filter { $0.hasPrefix("/") }
    let names = paths.compactMap { $0.split(separator: "/").last.map(String.init) }.filter { brought[$0] != nil }
    return names.map { "\($0) is in this folder: name it in \(Self.name) as \($0), without a path\n" }.joined()
  }
}

/// Whether a file on the boot partition is the same as a file in use, or was until a power failure interrupted
/// overwriting it with zeros.
func wasTaken(_ bytes: [UInt8], as taken: [UInt8]) -> Bool {
  let mark = bytes.count == taken.count + 3 ? 3 : 0
  guard bytes.count == taken.count + mark else { return false }
  return zip(bytes[mark...], taken).allSatisfy { $0 == 0 || $0 == $1 }
}
