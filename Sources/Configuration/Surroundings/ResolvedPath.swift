import Glibc

/// Where a path leads when its links are followed. Unlike realpath(3) it also goes on behind what is not there, or may not be
/// entered: a link to a place that the unit hides leads nowhere for the daemon. Nil: it is not absolute, or leads in a circle.
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
      // As many as the kernel follows.
      guard links <= 40 else { return nil }
      if target.hasPrefix("/") { done = [] }
      rest = target.split(separator: "/").map(String.init) + rest
    }
  }
  return "/" + done.joined(separator: "/")
}

/// Nil: it is no link, or is not there.
private func linkTarget(_ path: String) -> String? {
  var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
  let count = buffer.withUnsafeMutableBytes { $0.baseAddress.map { readlink(path, $0, Int(PATH_MAX)) } ?? -1 }
  return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
}
