import Foundation
import Sampling
import Synchronization
import Telemetry
import Testing

@testable import Gateway

let rememberedAlarms: [AlarmTracker.Raised] = {
  let stamp = Stamp(
    boot: BootID(0x5F1C_0000_0000_0001), uptime: Uptime(nanoseconds: 12_345),
    wall: WallTime(nanoseconds: 1_795_000_000_000_000_000), synced: false)
  let names = [
    Alarm.Name(sensor: "freezer-1", kind: .high, quantity: .temperature),
    Alarm.Name(sensor: "hall_2.a", kind: .rate, quantity: .humidity),
    Alarm.Name(sensor: "door", kind: .stale, quantity: nil),
  ]
  let values: [(Int64?, Int64?)] = [(-14_200_000, -15_000_000), (.min, nil), (nil, .max)]
  return zip(names, values).map { AlarmTracker.Raised(Alarm($0, value: $1.0, threshold: $1.1), since: stamp) }
}()

@Suite("What is noted of alarms over a restart")
struct AlarmNotesTests {
  @Test("What was written is read, none and many")
  func roundTrip() {
    #expect(AlarmFileFormat.decode(AlarmFileFormat.encode([])) == [])
    #expect(AlarmFileFormat.decode(AlarmFileFormat.encode(rememberedAlarms)) == rememberedAlarms)
  }

  @Test("A file that ends early, wherever it ends, is none")
  func torn() {
    let bytes = AlarmFileFormat.encode(rememberedAlarms)
    for length in bytes.indices { #expect(AlarmFileFormat.decode(Array(bytes[..<length])) == nil) }
  }

  @Test("A byte that changed, whichever it is, makes it none")
  func damaged() {
    let bytes = AlarmFileFormat.encode(rememberedAlarms)
    for index in bytes.indices {
      for change: UInt8 in [0x01, 0x20, 0xFF] {
        var broken = bytes
        broken[index] ^= change
        #expect(AlarmFileFormat.decode(broken) == nil, "byte \(index)")
      }
    }
  }

  @Test("What is added behind, or stands there twice, makes it none")
  func added() {
    let bytes = AlarmFileFormat.encode(rememberedAlarms)
    #expect(AlarmFileFormat.decode(bytes + [10]) == nil)
    #expect(AlarmFileFormat.decode(bytes + bytes) == nil)
    #expect(AlarmFileFormat.decode(Array("x\n".utf8) + bytes) == nil)
  }
}

/// A folder for one test, and the complaints of a file in it.
final class AlarmFolder: Sendable {
  let path: String
  private let complaints = Mutex<[String]>([])

  init() throws {
    path = NSTemporaryDirectory() + "/fieldpost-alarms-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var file: AlarmFile {
    AlarmFile(directory: path) { [weak self] text in self?.complaints.withLock { $0.append(text) } }
  }

  var complained: [String] { complaints.withLock { $0 } }
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path + "/alarms")) }
}

@Suite("The file of alarms")
struct AlarmFileTests {
  @Test("A file that is not there is no fault: nothing was raised")
  func missing() throws {
    let folder = try AlarmFolder()
    #expect(folder.file.load() == [])
    #expect(folder.complained == [])
  }

  @Test("What was saved is loaded, and nothing else is left in the folder")
  func saved() throws {
    let folder = try AlarmFolder()
    #expect(folder.file.save([rememberedAlarms[0]]))
    #expect(folder.file.save(rememberedAlarms))
    #expect(folder.file.load() == rememberedAlarms)
    #expect(folder.names == ["alarms"])
    #expect(folder.complained == [])
  }

  @Test(
    "A torn or foreign file is told, counts as empty, and is replaced by the next one",
    arguments: [
      [], Array("fieldpost alarms 1\nhigh temp".utf8), Array("[]".utf8), [0xFF, 0xFE], Array(repeating: 0, count: 512),
    ] as [[UInt8]])
  func torn(_ bytes: [UInt8]) throws {
    let folder = try AlarmFolder()
    try folder.write(bytes)
    #expect(folder.file.load() == [])
    #expect(folder.complained.count == 1 && folder.complained[0].contains("damaged"))
    #expect(folder.file.save(rememberedAlarms))
    #expect(folder.file.load() == rememberedAlarms)
  }

  @Test("A power cut before the new file has its name leaves the old one")
  func powerCut() throws {
    let folder = try AlarmFolder()
    #expect(folder.file.save(rememberedAlarms))
    let half = AlarmFileFormat.encode([]).prefix(9)
    try Data(half).write(to: URL(fileURLWithPath: folder.path + "/alarms.new"))
    #expect(folder.file.load() == rememberedAlarms)
    #expect(folder.file.save([]))
    #expect(folder.file.load() == [])
  }

  @Test("A folder that is not there, and a file that is none, are told and stop nothing")
  func unusable() throws {
    let folder = try AlarmFolder()
    try FileManager.default.createDirectory(atPath: folder.path + "/alarms", withIntermediateDirectories: false)
    #expect(folder.file.load() == [])
    #expect(!folder.file.save([]))
    #expect(folder.complained.count == 2)
    #expect(folder.complained.allSatisfy { $0.contains(folder.path + "/alarms") })
    let nowhere = AlarmFile(directory: folder.path + "/nowhere") { _ in }
    #expect(nowhere.load() == [])
    #expect(!nowhere.save([]))
  }
}
