import CMosquitto
import Glibc

/// The beginning of an attempt: the handle, and the TCP connection that is being made for it.
struct Dial {
  let request: LinkRequest
  let handle: MosquittoHandle
  let descriptor: Int32
  /// `to 192.0.2.1`, or `over IPv6`.
  let way: String
  /// In words for a person: with the address, if the broker has several.
  let operation: String
  /// How many addresses the broker's name has that can be tried one by one.
  let addresses: Int

  /// Tries one address after the other until one can be dialled. `turn`: the address to begin with.
  static func begin(_ request: LinkRequest, _ role: LinkRole, turn: Int) throws(MosquittoFailure) -> Dial {
    // Blocks while the name is looked up: a few seconds at worst, on a thread that has nothing else to do.
    let hosts = try hosts(of: request, turn)
    var failure = MosquittoFailure.closed
    for host in hosts {
      do throws(MosquittoFailure) {
        return try Dial(host, request, role, addresses: hosts.count)
      } catch {
        failure = error
      }
    }
    throw failure
  }

  /// The hosts to pass to the library. With TLS it needs the name, to which the certificate is issued; libmosquitto
  /// then looks the name up, and chooses the address.
  private static func hosts(of request: LinkRequest, _ turn: Int) throws(MosquittoFailure) -> [String] {
    guard request.options.tls == nil else { return [request.broker.host] }
    return Addresses.turned(try Addresses.of(request.broker.host), by: turn)
  }

  private init(
    _ host: String, _ request: LinkRequest, _ role: LinkRole, addresses: Int
  ) throws(MosquittoFailure) {
    let usesTLS = request.options.tls != nil
    let isName = host == request.broker.host
    let handle = try MosquittoHandle(request, role)
    try handle.setProperties(of: request, host: host)
    let result = LibraryResult {
      mosquitto_connect_async(handle.pointer, host, Int32(request.broker.port), request.keepAlive)
    }
    guard result.isSuccess else {
      let operation = isName ? "connect" : "connect to \(host)"
      throw Reasons.failure(operation, result, complaint: handle.sink.complaint)
    }
    descriptor = mosquitto_socket(handle.pointer)
    try Socket.limitSilence(descriptor, request.options.silence)
    way = usesTLS ? Addresses.way(of: descriptor) : "to \(host)"
    operation = usesTLS || !isName ? "connect \(way)" : "connect"
    self.request = request
    self.handle = handle
    self.addresses = addresses
  }
}
