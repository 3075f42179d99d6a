import Foundation
import GatewayWorld
import Telemetry

// gatewaywalk FIRST COUNT [PLANT]: walks over the whole gateway with the seeds from FIRST on. gatewaywalk trace SEED [PLANT]
// shows one with its log. Prints what has not held, with the seed, and at the end how much time has passed in the worlds for
// each second of the processor. Run it with SWIFT_DETERMINISTIC_HASHING=1: else sets are in another order each time.

func fail(_ text: String) -> Never {
  FileHandle.standardError.write(Data("gatewaywalk: \(text)\n".utf8))
  exit(2)
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 2 else { fail("needs FIRST COUNT, or trace SEED") }
let plant = arguments.count > 2 ? Walk.Plant(rawValue: arguments[2]) : nil
guard arguments.count == 2 || plant != nil else { fail("no such plant: \(arguments[2])") }
guard ProcessInfo.processInfo.environment["SWIFT_DETERMINISTIC_HASHING"] != nil else {
  fail("needs SWIFT_DETERMINISTIC_HASHING=1")
}

if arguments[0] == "trace" {
  guard let seed = UInt64(arguments[1]) else { fail("\(arguments[1]) is no seed") }
  var walk = Walk(seed: seed, plant: plant) { print($0) }
  for finding in walk.run() { print("seed \(seed): \(finding)") }
  exit(walk.world.audit.findings.isEmpty ? 0 : 1)
}

guard let first = UInt64(arguments[0]), let count = UInt64(arguments[1]) else { fail("FIRST and COUNT are numbers") }
var (hours, messages, gaps, failed) = (0.0, 0, 0, 0)
for seed in first..<first + count {
  var walk = Walk(seed: seed, plant: plant)
  let findings = walk.run()
  for finding in findings { print("seed \(seed): \(finding)") }
  if !findings.isEmpty { failed += 1 }
  hours += Double(walk.world.age.nanoseconds) / 3.6e12
  messages += walk.world.audit.messages
  gaps += walk.world.audit.gaps
}
let seconds = Double(clock()) / Double(CLOCKS_PER_SEC)
print(
  "\(count) walks, \(failed) with findings; \(Int(hours)) hours, \(messages) messages, \(gaps) gaps; "
    + "\(Int(hours / seconds)) hours for each second of the processor")
exit(failed == 0 ? 0 : 1)
