import Display
import Linux
import Scheduling
import Telemetry

/// Redraws the status every second, until a key or a signal ends it. It belongs to the thread that calls `run`.
struct StatusWatch {
  private static let interval = Duration.seconds(1)
  /// For a terminal that cannot be redrawn: each status is printed below the one before.
  private static let slowInterval = Duration.seconds(10)

  private let source: StatusSource

  init(_ source: StatusSource) { self.source = source }

  /// Returns the exit status of the last answer.
  func run() throws -> Int32 {
    let signals = try Signals()
    let loop = EventLoop(name: "status")
    let canRedraw = StandardOutput.terminal.canRedraw
    let keyboard = Keyboard()
    // On errors too, such as a terminal that has gone: otherwise the shell would be left without echo.
    defer { keyboard?.restore() }
    let screen = StatusScreen(source, ending: Keyboard.ending(keyboard), loop: loop)
    signals.watch(on: loop) { _ in loop.stop() }
    keyboard?.watch(on: loop) { loop.stop() }
    if canRedraw { try StandardOutput.write(cleared) }
    screen.post { $0.draw() }
    loop.run()
    if canRedraw { try StandardOutput.write([10]) }
    // The loop ran on this thread and has ended, so the screen can be used here.
    return try screen.assumeIsolated { screen in
      if let failure = screen.failure { throw failure }
      return screen.exitStatus
    }
  }

  /// Asks for the status and draws it, periodically.
  private actor StatusScreen: Pinned {
    nonisolated let loop: any Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let source: StatusSource
    private let ending: String
    private let eventLoop: EventLoop
    private let terminal = StandardOutput.terminal
    private(set) var exitStatus: Int32 = 0
    /// Why the terminal could not be written to, as when it is gone.
    private(set) var failure: SystemError?

    init(_ source: StatusSource, ending: String, loop: EventLoop) {
      self.source = source
      self.ending = ending
      self.loop = loop
      eventLoop = loop
    }

    func draw() {
      let lines = self.lines(StandardOutput.terminalSize)
      do throws(SystemError) {
        try StandardOutput.write(
          terminal.canRedraw ? redrawn(lines) : Array((lines.joined(separator: "\n") + "\n\n").utf8))
      } catch {
        failure = error
        return eventLoop.stop()
      }
      let interval = terminal.canRedraw ? StatusWatch.interval : StatusWatch.slowInterval
      loop.schedule(at: loop.now + interval) { self.assumeIsolated { $0.draw() } }
    }

    private func lines(_ size: (lines: Int, columns: Int)) -> [String] {
      let paint = Paint(terminal)
      do throws(StatusFailure) {
        let answer = try source.ask()
        exitStatus = answer.exitStatus
        let sheet = StatusSheet(answer.document, columns: size.columns)
        // When each status is printed below the one before, nothing has to be left out.
        let rows = terminal.canRedraw ? size.lines : Int.max
        return sheet.screen(rows: rows, ending: ending).map { paint.line($0, columns: size.columns) }
      } catch {
        exitStatus = 2
        let words = wrapped(error.reason, to: size.columns) + ["", "It asks again and again; \(ending)."]
        return words.prefix(size.lines).map { terminal.shown(printable($0)) }
      }
    }
  }
}
