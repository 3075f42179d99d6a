import Configuration
import Drivers
import Linux
import Logging
import MQTT
import Messages
import Sampling
import Scheduling
import Spool
import Telemetry
import Uplink

/// The whole daemon: builds the parts from the settings, starts them, watches over them, and takes them down in the
/// order in which a reading passes through them. Lives on the main loop.
package actor Gateway: Pinned {
  /// How the daemon ended.
  package enum Ending: Sendable {
    case stopped
    /// The spool cannot be used, and a person is needed: it is not ours, or a newer version's.
    case noSpool
    /// The spool was missing at the start and has appeared, or another process is using it: the daemon should be
    /// started again.
    case again
    /// The records waiting in the spool belong to another device. A person has to decide what becomes of them.
    case otherDevice
  }

  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// Time after which the start is over, including the connection to the broker.
  private static let settling = Duration.seconds(5)

  /// Where the settings come from, and the hardware that they apply to.
  package struct Source: Sendable {
    let load: @Sendable () throws(ConfigurationError) -> Settings
    let board: @Sendable (Settings) -> Board

    /// `load` is called for every reload.
    package init(
      load: @escaping @Sendable () throws(ConfigurationError) -> Settings,
      board: @escaping @Sendable (Settings) -> Board
    ) {
      self.load = load
      self.board = board
    }
  }

  let platform: Platform
  let source: Source
  var settings: Settings
  private let ended: @Sendable (Ending) -> Void

  let spoolLoop: any ThreadLoop
  let uplinkLoop: any ThreadLoop
  package nonisolated let spool: Spool
  private let reads = ReadCount()
  package nonisolated let recorder: Recorder
  /// The kernel's state for 1-Wire survives a change of the settings.
  let oneWire = OneWireMasters()
  /// The running stations, in the order of the file.
  var crews: [RunningStation] = []
  private(set) var dispatcher: Dispatcher?
  /// Number of uplinks started so far.
  private var uplinks = 0
  /// Stations and uplink have been started.
  private(set) var hasBegun = false
  var reloadWaits = false
  /// The uplink's settings have changed. The new uplink starts when the present one has said goodbye.
  var isReplacingUplink = false

  var watchdog = Watchdog()
  var condition = StatusLine()
  var shutdown = Shutdown()
  var readings = ReadRequests()
  /// Nil: no summaries are wanted, or the first counts have not arrived.
  var summary: Summary?
  var nextSummary: TimerToken?
  var status: StatusFacts

  nonisolated var log: Log { platform.log }
  nonisolated var manager: ServiceManager { platform.manager }

  /// `ended` is called once, on one of the gateway's threads.
  package init(
    _ settings: Settings, from source: Source, on platform: Platform, loop: any Loop,
    ended: @escaping @Sendable (Ending) -> Void
  ) {
    self.settings = settings
    self.source = source
    self.platform = platform
    self.loop = loop
    self.ended = ended
    (spoolLoop, uplinkLoop) = (platform.thread("spool"), platform.thread("uplink"))
    status = StatusFacts(startedAt: platform.clock())
    condition.sensors = settings.sensors.count
    recorder = Recorder(loop: spoolLoop, deadBands: ValuePlan(settings.sensors).deadBands)
    spool = SpoolPlan.spool(settings, recorder: recorder, on: platform, reads: reads)
  }

  /// Opens the spool; the rest follows when its epoch is known. Nothing here waits for the network or for a set clock.
  package func start() {
    followLog(settings.log)
    spoolLoop.start()
    uplinkLoop.start()
    let gateway = self  // Swift 6.0.3 cannot capture `self` here
    manager.status("opening the buffer in \(settings.buffer.directory)")
    watchOpening(OpeningWatch(at: loop.now))
    spool.post { spool in
      spool.onMoved { gateway.post { $0.stop(because: "to use the buffer, which is there now", ending: .again) } }
      do throws(StorageError) {
        let epoch = try spool.open()
        gateway.post { $0.begin(epoch) }
      } catch {
        gateway.post { $0.refuse(error) }
      }
    }
  }

  /// Watches the opening, because the watchdog questions the threads only after `begin`.
  private func watchOpening(_ watch: OpeningWatch) {
    guard !hasBegun, !shutdown.hasBegun else { return }
    var watch = watch
    let directory = settings.buffer.directory
    switch watch.look(reads.value, at: loop.now) {
    case .wait: break
    case .tellProgress(let read):
      manager.starting(
        within: OpeningWatch.patience, status: "opening the buffer in \(directory): \(read) accesses to the disk")
    case .tellHang:
      let lasted = "has not opened for \(brief(OpeningWatch.limit))"
      log.say(.threadSilent, "the buffer in \(directory) \(lasted): its disk hangs", [.thread: "spool"])
    }
    let (gateway, next) = (self, watch)
    loop.schedule(at: loop.now + OpeningWatch.pause) { gateway.assumeIsolated { $0.watchOpening(next) } }
  }

  private func refuse(_ error: StorageError) {
    let directory = settings.buffer.directory
    let ending: Ending
    if let other = error.otherDevice {
      log.say(.otherDevice, "not starting: \(other.advice(for: directory))")
      ending = .otherDevice
    } else {
      log.say(.spoolRefused, "\(directory): \(error)")
      // Another process ends at some point, `fieldpost spool purge` soon.
      ending = error.isInUse ? .again : .noSpool
    }
    let (log, ended) = (log, ended)
    spoolLoop.post {
      log.finish()
      ended(ending)
    }
  }

  private func begin(_ epoch: UInt32) {
    guard !shutdown.hasBegun else { return }
    let (spool, recorder) = (spool, recorder)
    recorder.post { $0.begin(spool, epoch: epoch) }
    let started = "fieldpost \(fieldpostVersion), \(counted(settings.sensors.count, "sensor"))"
    let clock = platform.clock
    recorder.post { $0.record(.started, at: clock(), sensor: nil, detail: started) }
    watchAlarms()
    watchLinks()
    // Before the uplink, whose thread limits the memory of the process while it is in libmosquitto.
    changeCrews(SettingsChange(from: nil, to: settings))
    startUplink()
    startStatus(epoch)
    log.say(.started, "\(started), epoch \(epoch), device \(settings.device.id)")
    manager.ready(status: condition.summary)
    keepHouse()
    beginSummaries()
    hasBegun = true
    if reloadWaits { reload() }
    loop.schedule(at: loop.now + Self.settling, platform.settled)
  }

  func startUplink() {
    uplinks += 1
    let plan = UplinkPlan(settings)
    let dispatcher = Dispatcher(
      limits: plan.limits, encoder: plan.encoder, stateEvery: settings.uplink.stateEvery,
      outbox: outbox(plan), surroundings: surroundings(), commands: commandService(plan), loop: uplinkLoop)
    let will: @Sendable () -> Message = { plan.encoder.state(online: false, at: nil) }
    let transport = platform.transport(plan, uplinkLoop, will) { event in
      // The transport calls this on the dispatcher's loop. The dispatcher posts its calls to the transport.
      dispatcher.assumeIsolated { $0.handle(event) }
    }
    self.dispatcher = dispatcher
    spool.post { spool in
      spool.onArrival { dispatcher.post { $0.arrival() } }
      spool.onUrgentArrival { dispatcher.post { $0.urgentArrival() } }
    }
    if let warning = settings.uplink.tls?.warning { log.say(.nameNotVerified, "uplink: \(warning)") }
    if let warning = settings.uplink.passwordInClear { log.say(.passwordInClear, "uplink: \(warning)") }
    if let warning = settings.gatherWarning { log.say(.gatheredOnDisk, "uplink: \(warning)") }
    dispatcher.post { $0.start(transport) }
    log.say(.connecting, "uplink: connecting to \(settings.uplink.brokers.map(\.name).joined(separator: ", "))")
  }

  private func watchLinks() {
    do throws(SystemError) {
      try platform.watchLinks(loop) { [weak self] in
        self?.post { gateway in gateway.dispatcher?.post { $0.linkUp() } }
      }
    } catch {
      log.say(.noLinkWatch, "uplink: cannot watch network links (\(error)); one that comes up shortens no wait")
    }
  }

  private func outbox(_ plan: UplinkPlan) -> SpoolOutbox {
    let deadLetters = DeadLetters(
      directory: settings.buffer.directory, files: platform.files, format: plan.json, addresses: plan.topics, log: log)
    return SpoolOutbox(spool: spool, deadLetters: deadLetters, clock: platform.clock, log: log)
  }

  private func surroundings() -> Dispatcher.Surroundings {
    let (recorder, spool, log, settings, uplink) = (recorder, spool, log, settings, uplinks)
    let clock = platform.clock
    return Dispatcher.Surroundings(
      report: { answer in recorder.post { answer($0.stateReport(at: clock())) } },
      note: { [weak self] note in
        log.write(note, of: settings.uplink)
        if let isUp = note.link { spool.post { $0.link(isUp: isUp) } }
        self?.post { $0.uplinkChanged(note) }
      },
      finished: { [weak self] in self?.post { $0.uplinkFinished(uplink) } },
      clock: clock, chance: platform.chance)
  }

  private func watchAlarms() {
    let (plan, log) = (ValuePlan(settings.sensors), log)
    let alarms = AlarmKeeper.Plan(
      rules: plan.alarms, words: plan.alarmWords,
      file: AlarmFile(directory: settings.buffer.directory, files: platform.files) { log.say(.alarmsFile, $0) },
      clock: platform.clock,
      tell: { [weak self] news in
        for (change, detail) in news { log.write(change, detail: detail) }
        self?.post { gateway in gateway.dispatcher?.post { $0.stateChanged() } }
      })
    let drifted: @Sendable () -> Void = { [weak self] in
      self?.post { gateway in gateway.dispatcher?.post { $0.stateDrifted() } }
    }
    recorder.post { recorder in
      recorder.watch(alarms)
      recorder.onStateDrift(drifted)
    }
  }

  /// An earlier uplink's farewell comes too late to matter.
  private func uplinkFinished(_ uplink: Int) {
    guard uplink == uplinks else { return }
    if shutdown.hasBegun {
      take(shutdown.uplinkFinished())
    } else if isReplacingUplink {
      isReplacingUplink = false
      uplinkReplaced()
      spool.post { spool in
        spool.link(isUp: false)
        spool.releaseHeld()
      }
      startUplink()
    }
  }

  /// Reports the end to the gateway's owner.
  func end() {
    endStatus()
    ended(shutdown.ending)
  }
}
