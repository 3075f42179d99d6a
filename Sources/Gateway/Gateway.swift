import Configuration
import Drivers
import Linux
import MQTT
import Sampling
import Scheduling
import Spool
import Telemetry
import Uplink

/// The whole daemon: puts the parts together from the settings, starts them, watches over them, and takes them down in
/// the order of a reading's way. Lives on the main loop.
public actor Gateway: Pinned {
  /// How the daemon ended.
  public enum Ending: Sendable {
    case stopped
    /// The spool cannot be used, and a person is needed: it is not ours, or a newer version's.
    case noSpool
    /// The spool, which was not there at the start, is there, or another process has it for now: whoever started the
    /// daemon should do so again.
    case again
  }

  public nonisolated let loop: any Loop
  public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// By then the start is over, connecting included.
  private static let settling = Duration.seconds(5)

  let log: Log
  let manager: ServiceManager
  private let settings: Settings
  private let board: Board
  private let ended: @Sendable (Ending) -> Void

  let spoolLoop = EventLoop(name: "spool")
  let uplinkLoop = EventLoop(name: "uplink")
  private(set) var stationLoops: [EventLoop] = []
  let spool: Spool
  let recorder: Recorder
  private(set) var stations: [Station] = []
  /// The sensors of each station, in the order of the file.
  private(set) var stationSensors: [[String]] = []
  private(set) var dispatcher: Dispatcher?

  var watchdog = Watchdog()
  var condition = Condition()
  var shutdown = Shutdown()
  var readings = ReadRequests()

  /// `ended` is called once, on the loop.
  public init(
    _ settings: Settings, board: Board, loop: any Loop, log: Log, manager: ServiceManager,
    ended: @escaping @Sendable (Ending) -> Void
  ) {
    self.settings = settings
    self.board = board
    self.loop = loop
    self.log = log
    self.manager = manager
    self.ended = ended
    condition.sensors = settings.sensors.count
    recorder = Recorder(loop: spoolLoop, deadBands: MeaningPlan(settings.sensors).deadBands)
    spool = SpoolPlan.spool(settings.buffer, order: settings.uplink.order, recorder: recorder, log: log)
  }

  /// Opens the spool; the rest follows when its epoch is known. Nothing here waits for the network or for the time.
  public func start() {
    spoolLoop.start()
    uplinkLoop.start()
    let gateway = self  // Swift 6.0.3 cannot capture `self` here
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

  private func refuse(_ error: StorageError) {
    log.error("\(settings.buffer.directory): \(error)")
    // Another process ends some day; "fieldpost spool purge" soon.
    ended(error.isInUse ? .again : .noSpool)
  }

  private func begin(_ epoch: UInt32) {
    guard !shutdown.hasBegun else { return }
    let (spool, recorder) = (spool, recorder)
    recorder.post { $0.begin(spool, epoch: epoch) }
    startUplink()
    let started = "fieldpost \(fieldpostVersion), \(counted(settings.sensors.count, "sensor"))"
    recorder.post { $0.record(.started, at: SystemClock.stamp(), sensor: nil, detail: started) }
    watchAlarms()
    startStations()
    log.notice("\(started), epoch \(epoch), device \(settings.device.id)")
    manager.ready(status: condition.summary)
    keepHouse()
    loop.schedule(at: loop.now + Self.settling) { Memory.releaseStartupCode() }
  }

  private func startUplink() {
    let plan = UplinkPlan(settings)
    let dispatcher = Dispatcher(
      limits: plan.limits, encoder: plan.encoder, stateEvery: settings.uplink.stateEvery,
      surroundings: surroundings(plan), commands: commandService(plan), loop: uplinkLoop)
    let transport = MosquittoTransport(plan.options, loop: uplinkLoop) { event in
      // On the same loop; what the dispatcher wants of the transport it posts.
      dispatcher.assumeIsolated { $0.handle(event) }
    }
    self.dispatcher = dispatcher
    spool.post { $0.onArrival { dispatcher.post { $0.arrival() } } }
    if let warning = settings.uplink.tls?.warning { log.warning("uplink: \(warning)") }
    dispatcher.post { $0.start(transport) }
    log.info("uplink: connecting to \(settings.uplink.brokers.map(\.name).joined(separator: ", "))")
    let watch = LinkWatch { dispatcher.post { $0.linkUp() } }
    do throws(SystemError) { try watch.start(on: uplinkLoop) } catch { log.info("uplink: \(error)") }
  }

  private func surroundings(_ plan: UplinkPlan) -> Dispatcher.Surroundings {
    let (spool, recorder, log, settings) = (spool, recorder, log, settings)
    let setAside = SetAside(directory: settings.buffer.directory, encoder: plan.encoder, log: log)
    return Dispatcher.Surroundings(
      fetch: { wanted, answer in
        spool.post { spool in
          let records =
            switch wanted {
            case .next(let after, let limit, let anew): spool.next(after: after, limit: limit, anew: anew)
            case .held(let first, let limit): spool.nextHeld(from: first, limit: limit)
            }
          answer(records.map { Parcel(number: $0.number, record: $0.bytes, isAhead: $0.isAhead) })
        }
      },
      acknowledge: { numbers in spool.post { $0.acknowledge(numbers) } },
      hold: { number in spool.post { $0.hold(number) } },
      reject: { parcel, refused in
        spool.post { spool in
          setAside.add(parcel, refused, at: SystemClock.stamp())
          spool.reject(parcel.number, parcel.isReading ? parcel.record : nil)
        }
      },
      report: { answer in recorder.post { answer($0.stateReport(at: SystemClock.stamp())) } },
      note: { [weak self] note in
        log.write(note, brokers: settings.uplink.brokers)
        self?.post { $0.uplinkChanged(note) }
      },
      unreadable: { number, error in
        log.error("spool: record \(number) cannot be read and is left out: \(error.reason) at byte \(error.offset)")
      },
      finished: { [weak self] in self?.post { $0.uplinkFinished() } },
      clock: { SystemClock.stamp() })
  }

  private func watchAlarms() {
    let (plan, log, dispatcher) = (MeaningPlan(settings.sensors), log, dispatcher)
    let alarms = AlarmDesk.Plan(
      rules: plan.alarms, words: AlarmWords(presentations: plan.presentations, rules: plan.alarms),
      file: AlarmFile(directory: settings.buffer.directory) { log.error($0) }, clock: SystemClock.stamp,
      tell: { news in
        for (change, detail) in news { log.write(change, detail: detail) }
        dispatcher?.post { $0.stateChanged() }
      })
    recorder.post { $0.watch(alarms) }
  }

  private func startStations() {
    let (recorder, log) = (recorder, log)
    for plan in StationPlans(board: board, buses: settings.buses).plans(for: settings.sensors) {
      let stationLoop = EventLoop(name: plan.name)
      let station = Station(plan, loop: stationLoop, clock: SystemClock.stamp) { [weak self] observation in
        recorder.post { $0.record(observation) }
        switch observation {
        case .sampled: break
        case .changed(let sensor, let change, _):
          log.write(change, sensor: sensor)
          self?.post { $0.sensorChanged(sensor, change) }
        case .busChanged(let bus, let change, _): log.write(change, bus: bus)
        case .powerCycled(let bus, let failure): log.writePowerCycle(of: bus, failure)
        }
      }
      stationLoop.start()
      station.post { $0.start() }
      stationLoops.append(stationLoop)
      stations.append(station)
      stationSensors.append(plan.slots.map(\.id))
    }
  }

  /// Tells whoever made the gateway that it is over.
  func end() {
    log.flush(all: true)
    ended(shutdown.ending)
  }
}
