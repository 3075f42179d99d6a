import CLinux
import Glibc
import Scheduling

/// Reports when the network may be back: a link is up, or an address was added (rtnetlink(7)).
package struct LinkWatch: Sendable {
  private let linkUp: @Sendable () -> Void

  /// `linkUp` is called on the loop, sometimes more than once for one link.
  package init(_ linkUp: @escaping @Sendable () -> Void) { self.linkUp = linkUp }

  /// Starts watching, until the process ends.
  package func start(on loop: any Loop) throws(SystemError) {
    let descriptor = clinux_watch_links()
    guard descriptor >= 0 else { throw SystemError("netlink", code: -descriptor) }
    loop.watch(descriptor, for: .reading) { [linkUp] _ in
      if clinux_link_came_up(descriptor) == 1 { linkUp() }
    }
  }
}
