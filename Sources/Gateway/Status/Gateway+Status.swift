import Configuration
import Glibc
import Linux
import Sampling
import Scheduling
import Telemetry

/// The state that the gateway keeps for its status.
struct StatusFacts {
  let healthBoard = HealthBoard()
  let startedAt: Stamp
  var epoch: UInt32 = 0
  var uplink: UplinkHistory
  /// Questions to the threads, of which one is open at a time.
  var inquiry = ScatterGather<FigureSource, ThreadFigures>()
  /// The refusal of the last reload; nil: it was not refused.
  var refusal: ReloadRefusal?
  /// Callers that wait for a report. All of them share the answers of the open round.
  var waiting: [@Sendable (StatusReport) -> Void] = []
  var socket: AnswerSocket?
  var metricsTimer: TimerToken?
  /// The last metrics are still being written.
  var isWritingMetrics = false

  init(startedAt: Stamp) {
    self.startedAt = startedAt
    uplink = UplinkHistory(startedAt: startedAt)
  }
}

/// A devices.yaml that was refused and is not in use.
struct ReloadRefusal: Hashable, Sendable {
  enum Cause: Hashable, Sendable {
    /// Number of mistakes. With this file the daemon would not start again.
    case mistakes(Int)
    /// Only a restart can change these keys.
    case needsRestart(String)
  }

  let cause: Cause
  let since: Stamp
}

/// The gateway's status: reported at a local socket, and written as metrics. The main loop's facts and the health board's are
/// at hand. The spool's and the uplink's threads are asked, with a limit on the wait.
extension Gateway {
  /// Group of the users who may ask, besides the daemon's own user.
  private static let group = "fieldpost"
  /// Limit for the threads' answers. A slow card can hold up the spool's thread for a second or two with nothing being
  /// wrong.
  private static let answerLimit = Duration.seconds(3)

  func startStatus(_ epoch: UInt32) {
    status.epoch = epoch
    let gateway = self  // Swift 6.0.3 cannot capture `self` here
    let socket = AnswerSocket(loop: loop) { give in gateway.post { $0.tellStatus { give($0.json) } } }
    status.socket = socket
    let (path, log) = (settings.status.socket, log)
    socket.post { socket in
      do throws(SocketFileError) {
        try socket.open(at: path, group: Self.group)
      } catch {
        let place = "or name another place with status.socket, or RUNTIME_DIRECTORY"
        log.say(
          .statusUnanswered,
          "status: \(error), \(place); until then fieldpost status gets no answer, and readings are not affected")
      }
    }
    scheduleMetrics()
  }

  func endStatus() { status.socket?.assumeIsolated { $0.close() } }

  /// `answer` is called on the loop, after `answerLimit` at the latest.
  package func tellStatus(_ answer: @escaping @Sendable (StatusReport) -> Void) {
    status.waiting.append(answer)
    let sources: [FigureSource] = dispatcher == nil ? [.spool] : [.spool, .uplink]
    guard let (asked, round) = status.inquiry.begin(sources, into: ThreadFigures()) else { return }
    for source in asked { ask(source, round) }
    settleStatus(round, isLate: false)
    loop.schedule(at: loop.now + Self.answerLimit) {
      self.assumeIsolated { $0.settleStatus(round, isLate: true) }
    }
  }

  private func ask(_ source: FigureSource, _ round: UInt64) {
    let gateway = self  // Swift 6.0.3 cannot capture `self` here
    switch source {
    case .spool:
      let clock = platform.clock
      recorder.post { recorder in
        let figures = recorder.figures(at: clock())
        gateway.post { $0.heard(.spool, round) { $0.spool = figures } }
      }
    case .uplink:
      dispatcher?.post { dispatcher in
        dispatcher.figures { figures in gateway.post { $0.heard(.uplink, round) { $0.uplink = figures } } }
      }
    }
  }

  private func heard(_ source: FigureSource, _ round: UInt64, _ take: (inout ThreadFigures) -> Void) {
    status.inquiry.heard(source, in: round, take)
    settleStatus(round, isLate: false)
  }

  private func settleStatus(_ round: UInt64, isLate: Bool) {
    guard let answers = status.inquiry.finish(round, isLate: isLate) else { return }
    let report = StatusReport(settings, status, answers, at: platform.clock())
    let waiting = status.waiting
    status.waiting = []
    for answer in waiting { answer(report) }
  }

  // MARK: Metrics

  // Written and removed on the spool's thread: node_exporter's directory may be on a disk, and a disk may hang.

  func changeMetrics(from former: MetricsSettings?) {
    if let timer = status.metricsTimer { loop.cancel(timer) }
    if let former, former.file != settings.status.metrics?.file { spoolLoop.post { unlink(former.file) } }
    scheduleMetrics()
  }

  private func scheduleMetrics() {
    status.metricsTimer = nil
    guard let metrics = settings.status.metrics else { return }
    let gateway = self  // Swift 6.0.3 cannot capture `self` here
    status.metricsTimer = loop.schedule(at: loop.now + metrics.every) {
      gateway.assumeIsolated { gateway in
        gateway.tellStatus { report in gateway.post { $0.write(report) } }
        gateway.scheduleMetrics()
      }
    }
  }

  private func write(_ report: StatusReport) {
    guard !shutdown.hasBegun, !status.isWritingMetrics, let metrics = settings.status.metrics else { return }
    // With the spool's thread hanging, this report would be written once the thread is back, and be out of date by
    // then.
    guard report.answers.spool != nil else { return }
    status.isWritingMetrics = true
    let (gateway, log) = (self, log)  // Swift 6.0.3 cannot capture `self` here
    spoolLoop.post {
      do throws(SystemError) {
        try replaceVolatileFile(metrics.file, with: report.metrics)
      } catch {
        log.say(.metricsFailed, "metrics: \(error)\(OutputAdvice.text(metrics.file, code: error.code))")
      }
      gateway.post { $0.status.isWritingMetrics = false }
    }
  }
}
