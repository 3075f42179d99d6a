import Glibc
import Linux

// What a spool on a real disk is tried with. `Promises.swift` says what the file PROMISES holds.

let usage = """
  usage: spoolworker write DIR PROMISES SEED [SECONDS]
         spoolworker verify DIR PROMISES [--before NANOSECONDS]

  write    works with the spool in DIR at random, and tells PROMISES what the spool has promised; until it is killed,
           or for so many seconds
  verify   empties the spool in DIR and compares with PROMISES, or with what they were at that time of CLOCK_MONOTONIC.
           Prints a line of figures; exit status 3 when something is lost or wrong, 1 when the spool cannot be used
  """

let arguments = Array(CommandLine.arguments.dropFirst())
let loop = EventLoop(name: "spoolworker")
switch (arguments.first, arguments.count) {
case ("write", 4...5):
  guard let seed = UInt64(arguments[3]) else { fail(usage) }
  let life = UInt32(History(of: arguments[2]).lives.count + 1)
  let writer = Writer(
    arguments[1], Promises(appendingTo: arguments[2]), life: life, seed: seed,
    seconds: arguments.count > 4 ? Int(arguments[4]) : nil, loop: loop)
  writer.post { $0.start() }
case ("verify", 3), ("verify", 5):
  let moment = arguments.count > 3 ? UInt64(arguments[4]) : .max
  guard let moment else { fail(usage) }
  loop.post {
    var verifier = Verifier(History(of: arguments[2], before: moment))
    verifier.run(arguments[1], loop: loop)
  }
default: fail(usage)
}
loop.run()
