import Configuration
import Gateway
import Glibc
import Linux
import Logging
import Telemetry

// The daemon: fieldpostd FILE. Arguments.swift has the options.

/// Exits without running exit handlers: other threads may still be inside the libraries that the handlers would tear
/// down.
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

/// Loads the settings: at the start, and again on SIGHUP.
@Sendable func load() throws(ConfigurationError) -> Settings {
  var settings = try ConfigurationLoader.load(
    path: arguments.file, environment: environment, board: KernelSysfs(root: arguments.root))
  if arguments.isVerbose { settings.log.level = .debug }
  return settings
}

/// Shows mistakes: at a terminal with the lines of the file, in the journal as one error for each mistake.
func tell(_ error: ConfigurationError) {
  guard Log.Style.detected() == .journal else {
    return printError(error.rendered(inColour: standardErrorHasColour()))
  }
  let log = Log()
  log.write(error, as: .configurationMistake)
  let mistakes = "not starting: \(error.count) in \(error.file)"
  let next = error.mayPass ? "it may pass: systemd starts the daemon again" : "fix it, then: systemctl start fieldpost"
  log.say(.notStarting, "\(mistakes); \(next)")
}

let settings: Settings
/// Read only once: a reload changes which sensors are wired to the simulated board, but not the scenario.
let scenario: ScenarioSettings?
do throws(ConfigurationError) {
  settings = try load()
  if let file = arguments.scenario {
    scenario = try ScenarioLoader.load(path: file, for: settings)
  } else {
    scenario = nil
  }
} catch {
  tell(error)
  leave(error.mayPass ? ExitStatus.again : ExitStatus.configuration)
}

let log = Log(least: settings.log.level)
let loop = EventLoop(name: "fieldpostd")
// Wait 60 s: a time service that starts with the board may start after the daemon.
loop.schedule(at: loop.now + .seconds(60)) {
  if !arguments.isSimulated, let doubt = SystemClock.doubt() { log.say(.clockDoubted, doubt) }
}
// Name lookup blocks the uplink's thread. By default the C library allows each name server 5 s, twice. With several
// servers that is longer than the watchdog's timeout. A value set by the administrator wins.
setenv("RES_OPTIONS", "timeout:3 attempts:1", 0)
do throws(SystemError) {
  let signals = try Signals()
  let begin = SystemClock.uptime()
  if arguments.isSimulated { SystemClock.simulate() }
  let board = { @Sendable settings in
    arguments.isSimulated
      ? Board.simulated(settings, scenario, since: begin) : Board.real(root: arguments.root)
  }
  let source = Gateway.Source(load: load, board: board)
  let gateway = Gateway(
    settings, from: source, on: .linux(log: log, manager: ServiceManager()), loop: loop
  ) { ending in
    switch ending {
    case .stopped: leave(EXIT_SUCCESS)
    case .noSpool: leave(ExitStatus.noSpool)
    case .again: leave(ExitStatus.again)
    case .otherDevice: leave(ExitStatus.configuration)
    }
  }
  signals.watch(on: loop) { wish in
    switch wish {
    case .stop(let cause): gateway.post { $0.stop(because: cause) }
    case .reload: gateway.post { $0.reload() }
    }
  }
  gateway.post { $0.start() }
} catch {
  log.say(.cannotStart, "\(error)")
  leave(EXIT_FAILURE)
}
loop.run()
