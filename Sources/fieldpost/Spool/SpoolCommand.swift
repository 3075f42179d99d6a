import ArgumentParser
import Configuration
import Glibc
import Linux
import Spool

struct SpoolCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spool", abstract: "Looks into the buffer on disk, also into that of a board that is dead.",
    discussion: """
      All but purge and rename only read: they change nothing, take no lock, and work on a card that is mounted read-only. Exit \
      status 0: all is well; 1: something is lost or bad; 2: this cannot be read as a spool.
      """,
    subcommands: [
      SpoolStatus.self, SpoolVerify.self, SpoolDump.self, SpoolExport.self, SpoolPurge.self, SpoolRename.self,
    ])

  /// Exit status when something is lost or bad.
  static let damaged = ExitCode(1)
  static let unreadable = ExitCode(2)
}

/// The directory argument of all subcommands.
struct SpoolPlace: ParsableArguments {
  @Argument(help: "The spool's directory: buffer.directory of the configuration.", completion: .directory)
  var directory = BufferSettings().directory

  /// Opens the spool for reading, even while it is in use; standard error then says so. Errors go to standard error
  /// too.
  func open() throws -> (files: SegmentReader, spool: SpoolReader) {
    let (files, spool) = try read()
    if files.isInUse == true {
      complain(
        "\(directory): in use by a running fieldpostd: what follows is a snapshot of the disk, without what is in its "
          + "memory; a change meanwhile may look like a loss")
    }
    return (files, spool)
  }

  /// Opens the spool like `open`, but without the warning that it is in use.
  func read() throws -> (files: SegmentReader, spool: SpoolReader) {
    let files = SegmentReader(directory: directory)
    do throws(SpoolReaderError) {
      return (files, try SpoolReader(files))
    } catch {
      complain("\(directory): \(words(for: error))")
      throw SpoolCommand.unreadable
    }
  }

  /// Drops from root to the spool's owner, for commands that change the spool: the daemon has to be able to use the
  /// files that they create, and root must not follow names that the daemon's user controls. Makes the spool the
  /// working directory.
  func becomeOwner() throws {
    do throws(SpoolOwner.Refusal) { try SpoolOwner.become(of: directory) } catch {
      throw refusal("\(error). Nothing was changed")
    }
  }

  func refuseIfInUse(_ files: SegmentReader) throws {
    guard files.isInUse == true else { return }
    throw refusal("fieldpostd is running: stop it first (systemctl stop fieldpost). Nothing was changed")
  }

  func refusal(_ reason: String) -> ExitCode {
    fflush(nil)
    complain("\(directory): \(reason)")
    return SpoolCommand.unreadable
  }
}

private func words(for error: SpoolReaderError) -> String {
  switch error {
  case .storage(let error): error.description
  case .noSegments: "not a spool: there are no segments (00000000.seg and so on) in it"
  case .blank: "an empty spool: nothing was ever written to it"
  case .notASpool(let foreign, let broken):
    "not a spool, or nothing of it is left: no valid block; \(broken) blocks are broken, \(foreign) hold something else"
  case .version(let version, let slot):
    "format version \(version) (\(place(ofSlot: slot))), this program knows version \(SpoolReader.formatVersion): a "
      + "newer fieldpost wrote it, and can read it"
  case .changing: "it changes while it is read; please try again"
  }
}
