import ArgumentParser
import Gateway
import Glibc
import Linux
import Spool
import Telemetry

struct SpoolPurge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purge", abstract: "Gives up everything that waits in a spool, after asking.",
    discussion: """
      What is given up is reported upstream as a gap, and the epochs go on. Deleting the files by hand is a bad idea: \
      no gap would tell of what waited, and the next start would choose an epoch anew, by the clock or at random. Stop \
      fieldpostd before. "fieldpost spool export" saves what waits.
      """)

  @OptionGroup var place: SpoolPlace
  @Flag(help: "Does not ask.")
  var yes = false

  func run() throws {
    let (files, spool) = try place.read()
    try place.refuseIfInUse(files)
    let tally = SpoolTally(spool)
    say("\(place.directory): \(counted(tally.waiting, "record")) would be given up, for ever")
    for (name, stream) in tally.streams.sorted(by: { $0.key < $1.key }) { say("  \(name): \(stream.count)") }
    guard tally.waiting + tally.lost > 0 else { return say("nothing waits: nothing was changed") }
    try confirm()
    try place.becomeOwner()
    try purge(segments: spool.segments.count)
  }

  private func confirm() throws {
    if yes { return }
    guard isatty(STDIN_FILENO) == 1 else {
      throw place.refusal("there is nobody to ask: --yes purges without asking. Nothing was changed")
    }
    print("Type yes to go on: ", terminator: "")
    fflush(nil)
    guard readLine() == "yes" else { throw place.refusal("not purged: nothing was changed") }
  }

  private func purge(segments: Int) throws {
    let loop = EventLoop(name: "purge")
    var options = SpoolOptions()
    // Large enough for all segments, so that opening evicts nothing before the purge.
    options.capacity = Int64(segments + 1) << 18
    options.firstEpoch = Epochs.first(at: SystemClock.stamp())
    // `unsafe` is right: the closure that writes it runs on the loop's thread, which is this one.
    nonisolated(unsafe) var failure: String?
    let spool = Spool(
      store: { SegmentFiles(directory: ".") }, options: options,
      lossReporter: {
        var sequence: UInt64 = 0
        return GapReporter(maximumAge: nil, clock: SystemClock.stamp) { epoch in
          sequence += 1
          return Identity(sensor: Event.stream, epoch: epoch, sequence: sequence)
        } unname: { count in
          sequence -= UInt64(count)
        }
      }, loop: loop,
      notice: { notice in
        if case .degradedBegan(let error) = notice { failure = error.description }
      })
    spool.post { spool in
      do throws(StorageError) {
        let epoch = try spool.open()
        if failure == nil { spool.purge() }
        let counters = spool.counters
        spool.close()
        if failure == nil { say(Self.summary(counters, epoch: epoch)) }
      } catch {
        failure = error.description
      }
      loop.stop()
    }
    loop.run()
    if let failure { throw place.refusal("not purged: \(failure)") }
  }

  private static func summary(_ counters: SpoolCounters, epoch: UInt32) -> String {
    let lost = counters.lost > 0 ? ", \(counters.lost) already lost" : ""
    return "\(counted(counters.evicted, "record")) given up\(lost); "
      + "\(counted(counters.waiting, "report")) of it will be published. Epoch \(epoch)"
  }
}
