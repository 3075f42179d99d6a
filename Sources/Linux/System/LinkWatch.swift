import CLinux
import Glibc
import Scheduling

/// Tells when the network may have come back: a link is up, or an address has been added (rtnetlink(7)).
package struct LinkWatch: Sendable {
  private let linkUp: @Sendable () -> Void

  /// `linkUp` is called on the loop, sometimes more than once for one link.
  package init(_ linkUp: @escaping @Sendable () -> Void) { self.linkUp = linkUp }

  /// For as long as the process lives.
  package func start(on loop: any Loop) throws(SystemError) {
    let descriptor = clinux_watch_links()
    guard descriptor >= 0 else { throw SystemError("netlink", code: -descriptor) }
    loop.watch(descriptor, for: .reading) { [linkUp] _ in
      if clinux_link_came_up(descriptor) == 1 { linkUp() }
    }
  }
}
