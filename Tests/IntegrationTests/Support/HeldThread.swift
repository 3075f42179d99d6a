import Foundation
import Testing

/// Holds a thread of a daemon in its next system call of these with strace, until the returned program gets SIGINT.
func hold(
  _ thread: String, of daemon: Program, in calls: String = "poll,ppoll,clock_nanosleep"
) throws -> Program {
  try #require(eventually { task(thread, of: daemon) != nil }, "\(daemon.lines)")
  let id = try #require(task(thread, of: daemon))
  let strace = try Program(
    "/usr/bin/strace",
    ["-p", id, "-o", "/dev/null", "-e", "trace=\(calls)", "-e", "inject=\(calls):delay_enter=600000000"])
  try #require(strace.says("attached"), "\(strace.lines)")
  return strace
}

private func task(_ thread: String, of daemon: Program) -> String? {
  let tasks = "/proc/\(daemon.pid)/task"
  return (try? FileManager.default.contentsOfDirectory(atPath: tasks))?.first { task in
    let name = try? String(contentsOfFile: "\(tasks)/\(task)/comm", encoding: .utf8)
    return name?.trimmingCharacters(in: .newlines) == thread
  }
}
