import Foundation
import Synchronization
import Testing

/// How the fake broker treats one connection.
struct Manners: Sendable {
  enum ConnackProperties: Sendable {
    /// CONNACK with reason 0 and, with MQTT 5, these properties.
    case accept([Property] = [])
    /// CONNACK with this reason or return code, then the connection is closed.
    case refuse(UInt8)
    /// A CONNACK of MQTT 3.1.1 with return code 1, as a broker sends it that has never heard of 5.
    case refuseVersion
    /// These bytes, whatever they mean.
    case bytes([UInt8])
    case silence
    /// The end of the TCP connection, and nothing else.
    case close
    /// A TCP reset.
    case reset
    /// To MQTT 5; any other version is accepted.
    indirect case older(ConnackProperties)
  }

  /// Of a CONNACK (MQTT 5.0, 3.2.2.3).
  enum Property: Sendable {
    case receiveMaximum(UInt16)
    case maximumQoS(UInt8)
    case retainAvailable(UInt8)
    case maximumPacketSize(UInt32)
    case serverKeepAlive(UInt16)
    case sharedSubscriptions(UInt8)
    case wildcardSubscriptions(UInt8)
    case sessionExpiry(UInt32)

    var bytes: [UInt8] {
      switch self {
      case .receiveMaximum(let value): [0x21, UInt8(value >> 8), UInt8(value & 0xFF)]
      case .maximumQoS(let value): [0x24, value]
      case .retainAvailable(let value): [0x25, value]
      case .maximumPacketSize(let value):
        [0x27] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
      case .serverKeepAlive(let value): [0x13, UInt8(value >> 8), UInt8(value & 0xFF)]
      case .sharedSubscriptions(let value): [0x2A, value]
      case .wildcardSubscriptions(let value): [0x28, value]
      case .sessionExpiry(let value): [0x11] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
      }
    }
  }

  var welcome = ConnackProperties.accept()
  /// Sent right behind the CONNACK.
  var afterWelcome: [UInt8] = []
  /// The reason of the PUBACK or PUBREC; nil: none is sent.
  var answer: @Sendable (Publication) -> UInt8? = { _ in 0 }
  /// Sent behind each PUBACK.
  var afterAnswer: @Sendable (Publication) -> [UInt8] = { _ in [] }
  /// The reason of a SUBACK.
  var subscribed: UInt8 = 0
  /// Sent behind each SUBACK.
  var afterSubscription: [UInt8] = []
  /// Whether a PUBREL is answered with PUBCOMP.
  var completes = true
  var answersPings = true
  /// Every byte alone.
  var dribbles = false
  /// Answers only when nothing more comes, so that whatever the client keeps on its way at one time is seen.
  var answersLate = false
  /// Closes the connection after so many publications, the last one unanswered.
  var leavesAfter = Int.max
  /// Closes the connection at these, unanswered.
  var leavesAt: @Sendable (Publication) -> Bool = { _ in false }
  /// By a TCP reset.
  var leavesByReset = false
  /// A PUBLISH above so many bytes is lost on the way, and everything behind it: the path swallows large packets.
  var swallowsAbove = Int.max
  /// Sends so many bytes behind `afterWelcome`, as fast as they are taken.
  var flood = 0
  /// A message of QoS 2 is answered as one of QoS 1 is.
  var knowsNoQoS2 = false
  /// Sent as soon as somebody connects.
  var banner: [UInt8] = []
  /// Reads nothing behind the CONNECT, so that in the end the client can write no more.
  var isDeaf = false
}

/// A broker that does what a script says, on a loopback port of its own, and remembers what it saw. It knows what a
/// client of one device needs: CONNECT, PUBLISH with every quality of service, PINGREQ, SUBSCRIBE, DISCONNECT.
final class FakeBroker: Sendable {
  let port: Int
  private let listener: Int32
  let journal = Journal()

  /// `manners`: for each connection, counted from 1. `room`: how many bytes the kernel takes before they are read.
  init(room: Int32? = nil, _ manners: @escaping @Sendable (_ connection: Int) -> Manners) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    try #require(isListening)
    // Connections inherit it.
    if var room { setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size)) }
    port = Int(UInt16(bigEndian: address.sin_port))
    self.listener = listener
    let journal = journal
    Thread { Self.accept(listener, journal, manners) }.start()
  }

  deinit { journal.end() }

  var url: String { "mqtt://127.0.0.1:\(port)" }

  private static func accept(_ listener: Int32, _ journal: Journal, _ manners: @Sendable (Int) -> Manners) {
    while !journal.isOver {
      var polled = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
      guard poll(&polled, 1, 100) == 1 else { continue }
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { continue }
      let number = journal.begin()
      let connection = FakeConnection(descriptor, number: number, manners(number), journal)
      Thread { connection.run() }.start()
    }
    close(listener)
  }
}

/// The record of what a fake broker has seen and done.
final class Journal: Sendable {
  private struct State {
    var connections = 0
    var greetings: [Greeting] = []
    var subscriptions: [String] = []
    var offered: [Publication] = []
    var accepted: [Publication] = []
    var offers: [String: Int] = [:]
    var incidents = 0
    var pings = 0
    var goodbyes = 0
    var violations: [String] = []
    var isOver = false
  }

  private let state = Mutex(State())

  var connections: Int { state.withLock { $0.connections } }
  /// The protocol level of each CONNECT.
  var levels: [UInt8] { state.withLock { $0.greetings.map(\.level) } }
  var greetings: [Greeting] { state.withLock { $0.greetings } }
  /// The filter of each SUBSCRIBE, with its options in hexadecimal digits.
  var subscriptions: [String] { state.withLock { $0.subscriptions } }
  /// Every publication, in the order of arrival.
  var offered: [Publication] { state.withLock { $0.offered } }
  /// Publications that were acknowledged as a success, in the order of the acknowledgements.
  var accepted: [Publication] { state.withLock { $0.accepted } }
  /// How often a CONNECT or a publication was not answered as a client hopes.
  var incidents: Int { state.withLock { $0.incidents } }
  var pings: Int { state.withLock { $0.pings } }
  var goodbyes: Int { state.withLock { $0.goodbyes } }
  /// The client's violations of the protocol.
  var violations: [String] { state.withLock { $0.violations } }
  var isOver: Bool { state.withLock { $0.isOver } }

  func end() { state.withLock { $0.isOver = true } }

  func begin() -> Int {
    state.withLock {
      $0.connections += 1
      return $0.connections
    }
  }

  func greeted(_ greeting: Greeting) { state.withLock { $0.greetings.append(greeting) } }
  func subscribe(_ filter: String) { state.withLock { $0.subscriptions.append(filter) } }
  func incident() { state.withLock { $0.incidents += 1 } }
  func ping() { state.withLock { $0.pings += 1 } }
  func goodbye() { state.withLock { $0.goodbyes += 1 } }
  func violation(_ text: String) { state.withLock { $0.violations.append(text) } }
  func accept(_ publication: Publication) { state.withLock { $0.accepted.append(publication) } }

  /// Returns it with the count of its offers.
  func offer(_ publication: Publication) -> Publication {
    state.withLock { state in
      var publication = publication
      for identity in publication.identities { state.offers[identity, default: 0] += 1 }
      publication.offers = publication.identities.first.flatMap { state.offers[$0] } ?? 0
      state.offered.append(publication)
      return publication
    }
  }
}
