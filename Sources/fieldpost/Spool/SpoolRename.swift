import ArgumentParser
import Configuration
import Linux
import Spool
import Telemetry

struct SpoolRename: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rename", abstract: "Says which device the readings in a spool are published as.",
    discussion: """
      A daemon whose device.id is another one does not start while readings wait in the spool. With this command they go \
      out as readings of the device ID: right if the same board only has another name, wrong if the card comes from \
      another board. Stop fieldpostd before.
      """)

  @Argument(help: "The device's id from now on.")
  var id: String
  @OptionGroup var place: SpoolPlace

  func validate() throws {
    guard Name.isRight(id) else { throw ValidationError("ID must be \(Name.rule)") }
  }

  func run() throws {
    let (files, spool) = try place.read()
    try place.refuseIfInUse(files)
    let known = DeviceKnown(of: files)
    guard known != .device(id) else {
      return say("\(place.directory): of the device \(id) already: nothing was changed")
    }
    let waiting = SpoolTally(spool).waiting
    try place.becomeOwner()
    let store = SegmentFiles(directory: ".")
    do throws(StorageError) { try store.writeNote(DeviceNote.encode(id)) } catch {
      throw place.refusal("not renamed: \(error)")
    }
    let records = "\(counted(waiting, "record")) of \(words(for: known))"
    say("\(place.directory): \(records) will be published as the device \(id)'s")
  }
}

/// `the device coldstore-7`.
func words(for known: DeviceKnown) -> String {
  switch known {
  case .device(let id): "the device \(id)"
  case .unnamed: "an unknown device (the spool does not say which)"
  case .unreadable(let error): "an unknown device (\(error))"
  }
}
