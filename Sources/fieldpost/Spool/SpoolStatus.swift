import ArgumentParser
import Display
import Linux
import Messages
import Spool
import Telemetry

struct SpoolStatus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Says what is in a spool: how much waits, of which sensors, and what is lost.")

  @OptionGroup var place: SpoolPlace
  @Flag(help: "One JSON object instead.")
  var json = false

  func run() throws {
    let (files, spool) = try place.open()
    let tally = SpoolTally(spool)
    let device = DeviceKnown(of: files)
    let bytes = (try? files.bytesOnDisk()) ?? 0
    if json {
      sayLines(String(decoding: printableJSON(object(spool, tally, bytes, device)), as: UTF8.self))
    } else {
      sayLines(text(spool, tally, bytes, device))
    }
    if !tally.isClean { throw SpoolCommand.damaged }
  }

  // MARK: For people

  private func text(_ spool: SpoolReader, _ tally: SpoolTally, _ bytes: Int64, _ device: DeviceKnown) -> String {
    let inUse = spool.segments.count { $0.state == .waiting }
    var parts = [
      table([
        ["spool", place.directory],
        ["device", self.device(device)],
        ["format", "version \(SpoolReader.formatVersion), store \(hexadecimal(spool.storeID))"],
        ["on disk", "\(counted(spool.segments.count, "segment")), \(bytes >> 10) KiB; in use: \(inUse)"],
        ["epoch", "\(spool.epoch)"],
      ]),
      table(ledger(tally.ledger(spool.totals))),
    ]
    if let oldest = tally.oldest, let newest = tally.newest {
      parts.append(table([["oldest waiting", words(for: oldest)], ["newest waiting", words(for: newest)]]))
    }
    if !tally.streams.isEmpty { parts.append(table(sensors(tally))) }
    if tally.undecodable > 0 { parts.append("\(counted(tally.undecodable, "waiting record")) cannot be decoded") }
    let others = spool.segments.filter { $0.state == .otherSpool }.map { SegmentFile.name(of: $0.number) }
    if !others.isEmpty { parts.append("of another spool, and left out: " + others.joined(separator: ", ")) }
    let damage = lines(for: tally.bad) + tally.unexplained.map(line(forUnexplained:))
    parts.append(damage.isEmpty ? "bad blocks: none" : "bad blocks:\n  " + damage.joined(separator: "\n  "))
    return parts.joined(separator: "\n\n")
  }

  private func device(_ known: DeviceKnown) -> String {
    switch known {
    case .device(let id): id
    case .unnamed: "not noted"
    case .unreadable(let error): "unknown: \(error)"
    }
  }

  private func ledger(_ ledger: SpoolTally.Ledger) -> [[String]] {
    let now = ledger.lostNow > 0 ? "  (\(ledger.lostNow) found now)" : ""
    return [
      ["records taken", "\(ledger.taken)  since the spool was made"],
      ["  acknowledged", ledger.acknowledged.map { "\($0)" } ?? "the ledger does not add up"],
      ["  waiting", "\(ledger.waiting)"],
      ["  evicted", "\(ledger.evicted)"],
      ["  expired", "\(ledger.expired)"],
      ["  lost", "\(ledger.lostBefore + ledger.lostNow)\(now)"],
    ]
  }

  private func sensors(_ tally: SpoolTally) -> [[String]] {
    let rows = tally.streams.sorted { $0.key < $1.key }.map { name, stream in
      [name, "\(stream.count)", words(for: stream.first), words(for: stream.last)]
    }
    return [["SENSOR", "WAITING", "FIRST", "LAST"]] + rows
  }

  private func words(for position: Gap.Position) -> String { "epoch \(position.epoch) no. \(position.sequence)" }

  private func words(for reading: Reading) -> String {
    let time = fieldpost.words(for: reading.time, ClockCorrection(now: SystemClock.stamp()))
    return "\(time)  \(reading.identity.sensor)  \(reading.quantities.map(\.description).joined(separator: ", "))"
  }

  // MARK: For programs

  private func object(_ spool: SpoolReader, _ tally: SpoolTally, _ bytes: Int64, _ device: DeviceKnown) -> [UInt8] {
    let ledger = tally.ledger(spool.totals)
    let clock = ClockCorrection(now: SystemClock.stamp())
    return JSONWriter.object { json in
      json.text("directory", place.directory)
      if case .device(let id) = device { json.text("device", id) }
      json.number("format", UInt64(SpoolReader.formatVersion))
      json.text("store", hexadecimal(spool.storeID))
      json.number("epoch", UInt64(spool.epoch))
      json.number("segments", UInt64(spool.segments.count))
      json.number("bytes", UInt64(clamping: bytes))
      json.object("ledger") { json in
        json.number("taken", ledger.taken)
        if let acknowledged = ledger.acknowledged { json.number("acknowledged", acknowledged) }
        json.number("waiting", ledger.waiting)
        json.number("evicted", ledger.evicted)
        json.number("expired", ledger.expired)
        json.number("lost", ledger.lostBefore + ledger.lostNow)
        json.number("lost_found_now", ledger.lostNow)
      }
      for (name, reading) in [("oldest", tally.oldest), ("newest", tally.newest)] {
        guard let reading else { continue }
        json.object(name) { json in
          let (wall, quality) = clock.resolve(reading.time)
          json.text("time", wall.rfc3339)
          json.text("clock", quality.rawValue)
          json.text("sensor", reading.identity.sensor)
        }
      }
      json.array("waiting", tally.streams.sorted { $0.key < $1.key }) { entry, json in
        json.text("sensor", entry.key)
        json.number("count", UInt64(entry.value.count))
        json.object("first") { $0.position(entry.value.first) }
        json.object("last") { $0.position(entry.value.last) }
      }
      json.number("undecodable", tally.undecodable)
      json.array("bad", tally.bad) { $1.badSlot($0) }
      json.array("lost", tally.losses) { $1.loss($0) }
    }
  }
}
