import Drivers
import Linux
import Logging
import Sampling
import Telemetry
import Uplink

/// Carries out remote commands.
extension Gateway {
  /// Limit for every command: a bus with ten slow sensors takes less.
  private static let commandLimit = Duration.seconds(15)

  nonisolated func commandService(_ plan: UplinkPlan) -> CommandService? {
    guard let (rules, inlets) = plan.commands else { return nil }
    let log = log
    return CommandService(
      rules: rules, inlets: inlets, format: plan.json,
      run: { [weak self] command, answer in self?.post { $0.run(command, answer) } },
      note: { log.write($0) })
  }

  func run(_ command: Command, _ give: @escaping @Sendable (CommandResult) -> Void) {
    guard !shutdown.hasBegun else { return }
    let answer = OneAnswer(give)
    switch command {
    case .readNow(let sensor): return readNow(sensor, answer)
    case .status:
      let clock = platform.clock
      recorder.post { recorder in
        let now = clock()
        answer(.status(recorder.stateReport(at: now), at: now))
      }
    case .logLevel(let verbosity):
      log.change(to: verbosity)
      answer(.logLevel(verbosity))
    case .interval(let sensor, let every):
      for crew in crews {
        crew.station.post { if $0.setInterval(every, of: sensor) { answer(.interval(sensor: sensor, every: every)) } }
      }
    }
    limit { _ in answer(.failed(command.kind, reason: command.silence)) }
  }

  private func limit(_ tooLate: @escaping @Sendable (isolated Gateway) -> Void) {
    loop.schedule(at: loop.now + Self.commandLimit) { self.assumeIsolated(tooLate) }
  }

  private func readNow(_ sensor: String?, _ answer: OneAnswer) {
    guard case .ask(let questions, let request) = readings.begin(sensor, stations: crews.map { ($0.bus, $0.sensors) })
    else {
      return answer(.failed(.readNow, reason: "the one before is not yet done"))
    }
    let gateway = self  // Swift 6.0.3 cannot capture `self` here
    for crew in crews {
      guard let sensors = questions[crew.bus] else { continue }
      crew.station.post { station in
        let found = station.readNow(sensors).map { CommandResult.SensorAnswer($0.sensor, $0.result) }
        gateway.post { gateway in
          gateway.readings.answered(crew.bus, request, found)
          gateway.tellReadings(request, isLate: false, answer)
        }
      }
    }
    // With no station to ask, the request is complete at once.
    tellReadings(request, isLate: false, answer)
    limit { $0.tellReadings(request, isLate: true, answer) }
  }

  private func tellReadings(_ request: UInt64, isLate: Bool, _ answer: OneAnswer) {
    if let answers = readings.take(request, isLate: isLate) { answer(.read(answers)) }
  }
}

extension Command {
  /// Why the command was not answered in time.
  fileprivate var silence: String {
    switch self {
    case .interval(let sensor, _): "the bus of \(sensor) does not answer; it may be carried out later"
    case .status: "the thread of the buffer does not answer: its disk may hang"
    case .readNow, .logLevel: "no answer"
    }
  }
}

extension CommandResult.SensorAnswer {
  fileprivate init(_ sensor: String, _ result: Result<Sample, SensorError>) {
    switch result {
    case .success(let sample): self.init(sensor: sensor, outcome: .values(sample.quantities, sample.quality))
    case .failure(let error): self.init(sensor: sensor, outcome: .fault("\(error)"))
    }
  }
}

extension Log {
  fileprivate func change(to verbosity: Command.Verbosity) {
    let wanted: LogLevel =
      switch verbosity {
      case .debug: .debug
      case .info: .info
      case .warning: .warning
      case .error: .error
      }
    // Logged at whichever of the two levels shows it.
    level = max(level, wanted)
    say(.settingCommanded, "commands: log level \(verbosity.rawValue) until the restart")
    level = wanted
  }

  func write(_ note: CommandNote) {
    switch note {
    case .listening(let place): say(.commandsReady, "commands: listening at \(place)")
    case .notListening(let place, let meaning):
      say(.commandsDenied, "commands: cannot listen at \(place): \(meaning); readings are not affected")
    case .accepted(.readNow(let sensor)): say(.commandTaken, "commands: read-now: \(sensor ?? "all sensors")")
    case .accepted(.status): say(.commandTaken, "commands: status")
    case .accepted(.logLevel): break  // logged when the level changes
    case .accepted(.interval(let sensor, let every)):
      say(.settingCommanded, "commands: \(sensor) is read every \(brief(every)) until the restart", [.sensor: sensor])
    case .refused(let reason): say(.commandRefused, "commands: refused: \(reason)")
    case .kept(let place):
      say(
        .commandIgnored,
        "commands: ignored at \(place): a retained message would be carried out at every connection")
    case .tooMany: say(.commandIgnored, "commands: dropped: more than one a second")
    case .unanswerable:
      say(.commandIgnored, "commands: dropped: its response topic or correlation data is too long")
    case .answerLost(let reason): say(.answerLost, "commands: an answer was lost: \(reason)")
    }
  }
}
