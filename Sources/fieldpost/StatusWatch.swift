import Display
import Glibc
import Linux
import Scheduling
import Telemetry

/// Redraws the status every second, until a signal comes. Used on the thread that runs it.
struct StatusWatch {
  private static let interval = Duration.seconds(1)

  private let source: StatusSource

  init(_ source: StatusSource) { self.source = source }

  /// Returns the exit status of the last answer.
  func run() throws -> Int32 {
    let signals = try Signals()
    let loop = EventLoop(name: "status")
    let screen = StatusScreen(source, loop: loop)
    signals.watch(on: loop) { _ in loop.stop() }
    try StandardOutput.write(cleared)
    screen.post { $0.draw() }
    loop.run()
    try StandardOutput.write([10])
    // The loop has ended, on this thread.
    return try screen.assumeIsolated { screen in
      if let failure = screen.failure { throw failure }
      return screen.exitStatus
    }
  }

  /// What is drawn, again and again.
  private actor StatusScreen: Pinned {
    nonisolated let loop: any Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let source: StatusSource
    private let eventLoop: EventLoop
    private(set) var exitStatus: Int32 = 0
    /// The terminal is gone.
    private(set) var failure: SystemError?

    init(_ source: StatusSource, loop: EventLoop) {
      self.source = source
      self.loop = loop
      eventLoop = loop
    }

    func draw() {
      let size = StandardOutput.terminalSize
      var lines: [String]
      do throws(StatusFailure) {
        let answer = try source.ask()
        exitStatus = answer.exitStatus
        let paint = Paint(isOn: StandardOutput.hasColour)
        lines = StatusSheet(answer.document, columns: size.columns).lines.map { paint.line($0, columns: size.columns) }
      } catch {
        exitStatus = 2
        lines = [ellipsized(error.reason, to: size.columns)]
      }
      if lines.count > size.lines { lines = lines.prefix(size.lines - 1) + ["… \(lines.count - size.lines + 1) more"] }
      do throws(SystemError) {
        try StandardOutput.write(redrawn(lines))
      } catch {
        failure = error
        return eventLoop.stop()
      }
      loop.schedule(at: loop.now + StatusWatch.interval) { self.assumeIsolated { $0.draw() } }
    }
  }
}
