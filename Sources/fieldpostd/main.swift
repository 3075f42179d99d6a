import Configuration
import Gateway
import Glibc
import Linux

// fieldpostd FILE; Arguments.swift has the options.

/// The other threads may be inside libraries: their exit handlers must not pull the ground from under them.
func leave(_ status: Int32) -> Never {
  fflush(nil)
  _exit(status)
}

let arguments: Arguments
switch Arguments.parse(Array(CommandLine.arguments.dropFirst())) {
case .run(let parsed): arguments = parsed
case .say(let text):
  print(text)
  leave(EXIT_SUCCESS)
case .refuse(let text):
  printError(text + "\n")
  leave(ExitStatus.usage)
}

let settings: Settings
do throws(ConfigurationError) {
  settings = try ConfigurationLoader.load(
    path: arguments.file, environment: environment, board: KernelSysfs(root: arguments.root))
} catch {
  printError(error.rendered(inColour: standardErrorHasColour()))
  leave(error.mayPass ? ExitStatus.again : ExitStatus.configuration)
}

let log = Log(least: arguments.isVerbose ? .debug : .info)
if let doubt = SystemClock.doubt() { log.warning(doubt) }
let loop = EventLoop(name: "fieldpostd")
// Name lookup blocks the uplink's thread. By default the C library gives each name server 5 s, twice: with several, longer
// than the watchdog waits. Who sets the variable knows better.
setenv("RES_OPTIONS", "timeout:3 attempts:1", 0)
do throws(SystemError) {
  let signals = try StopSignals()
  let board = arguments.isSimulated ? Board.simulated(settings) : Board.real(root: arguments.root)
  let gateway = Gateway(settings, board: board, loop: loop, log: log, manager: ServiceManager()) { ending in
    switch ending {
    case .stopped: leave(EXIT_SUCCESS)
    case .noSpool: leave(ExitStatus.noSpool)
    case .again: leave(ExitStatus.again)
    }
  }
  signals.watch(on: loop) { name in gateway.post { $0.stop(because: name) } }
  gateway.post { $0.start() }
} catch {
  log.error("\(error)")
  leave(EXIT_FAILURE)
}
loop.run()
