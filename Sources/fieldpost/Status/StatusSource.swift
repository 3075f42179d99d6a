import Display
import Glibc
import Linux

/// Why there is no status, and what to do about it.
struct StatusFailure: Error {
  let reason: String
}

/// Asks the daemon at its socket.
struct StatusSource {
  struct Answer {
    let bytes: [UInt8]
    let document: StatusDocument

    var exitStatus: Int32 { document.health == .healthy ? 0 : 1 }
  }

  /// Longer than the three seconds that the daemon allows itself.
  private static let patience = Duration.seconds(5)

  let path: String

  func ask() throws(StatusFailure) -> Answer {
    let bytes: [UInt8]
    do throws(AnswerCallError) {
      bytes = try callForAnswer(at: path, within: Self.patience)
    } catch {
      throw StatusFailure(reason: words(for: error))
    }
    do throws(StatusDocumentError) {
      return Answer(bytes: bytes, document: try StatusDocument.parse(bytes))
    } catch {
      throw StatusFailure(reason: "\(path): \(error)")
    }
  }

  private func words(for error: AnswerCallError) -> String {
    switch error {
    case .late:
      "fieldpostd does not answer at \(path) within \(Self.patience.components.seconds) s: it hangs; its watchdog should "
        + "restart it: see journalctl --namespace='*' -u fieldpost"
    case .tooLong: "\(path): the answer is not a daemon's status: it does not end"
    case .system(let error): words(for: error)
    }
  }

  private func words(for error: SystemError) -> String {
    switch error.code {
    case ENOENT, ENOTDIR:
      "no socket at \(path): fieldpostd is not running, or its configuration names another one (--config, --socket): "
        + "see systemctl status fieldpost"
    case EACCES, EPERM:
      "permission denied at \(path): \(whoMay); join it with: sudo usermod -aG \(group ?? "fieldpost") $USER, and log in "
        + "again, or ask as root"
    case ECONNREFUSED:
      "nobody answers at \(path): it is left over from a fieldpostd that is gone: see systemctl status fieldpost"
    default: "\(path): \(error)"
    }
  }

  private var whoMay: String { "the group \(group ?? "fieldpost") may ask" }

  /// The group of the socket, or else of its directory, which may hide it; nil: the group is unknown, or root's.
  private var group: String? {
    for place in [path, parent(of: path)] {
      var status = stat()
      guard stat(place, &status) == 0, status.st_gid != 0, let entry = getgrgid(status.st_gid) else { continue }
      return String(cString: entry.pointee.gr_name)
    }
    return nil
  }
}
