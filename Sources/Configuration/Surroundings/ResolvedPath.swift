import Glibc

/// The path with its links followed. Unlike realpath(3) it goes on past names that are missing or may not be entered: a
/// link into a place that the unit hides leads nowhere for the daemon. Nil: the path is relative or circular.
func resolvedPath(_ path: String) -> String? {
  guard path.hasPrefix("/") else { return nil }
  var rest = path.split(separator: "/").map(String.init)
  var done: [String] = []
  var links = 0
  while !rest.isEmpty {
    let part = rest.removeFirst()
    switch part {
    case ".": continue
    case "..": _ = done.popLast()
    default:
      guard let target = linkTarget("/" + (done + [part]).joined(separator: "/")) else {
        done.append(part)
        continue
      }
      links += 1
      // The kernel follows as many.
      guard links <= 40 else { return nil }
      if target.hasPrefix("/") { done = [] }
      rest = target.split(separator: "/").map(String.init) + rest
    }
  }
  return "/" + done.joined(separator: "/")
}

/// The target of a link; nil: the path is not a link, or does not exist.
private func linkTarget(_ path: String) -> String? {
  var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
  let count = buffer.withUnsafeMutableBytes { $0.baseAddress.map { readlink(path, $0, Int(PATH_MAX)) } ?? -1 }
  return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
}
