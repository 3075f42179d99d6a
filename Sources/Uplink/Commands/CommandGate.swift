import Telemetry

/// Decides what to do with a message that may be a command: run it, refuse it, or ignore it. A value, like the courier.
struct CommandGate: Sendable {
  enum Decision: Hashable, Sendable {
    case run(Command, Incoming.Reply)
    /// `command`: the name of the command, if the message has one.
    case refuse(CommandRefusal, command: String?, Incoming.Reply)
    /// No answer is sent: the broker had kept the message, it exceeded the rate, or has no usable answer address.
    case ignore(CommandNote)
  }

  /// Token bucket for commands: `rate` a second, in bursts of at most `burst`.
  private static let rate = 1
  private static let burst = 10
  /// Largest number of answers that the broker has not yet acknowledged.
  private static let answerLimit = 20

  private let rules: CommandRules
  private var bucket: TokenBucket
  private var answers: Set<Token> = []
  private var answerCount: UInt64 = 0

  init(_ rules: CommandRules, now: Uptime) {
    self.rules = rules
    bucket = TokenBucket(rate: Self.rate, burst: Self.burst, now: now)
  }

  mutating func decide(_ message: Incoming, at now: Uptime) -> Decision {
    // A command that the broker keeps would be carried out again on every connection.
    if message.wasKept { return .ignore(.kept(place: message.place)) }
    guard bucket.allowed(at: now) > 0 else { return .ignore(.tooMany) }
    bucket.spend(1)
    guard let reply = message.reply else { return .ignore(.unanswerable) }
    var name: String?
    do throws(CommandRefusal) {
      if message.size > FlatObject.sizeLimit { throw .tooLarge(bytes: message.size) }
      let object = try Self.object(message.payload)
      if case .text(let text)? = object.members["command"] { name = text }
      if let objection = reply.objection { throw .notThere(objection) }
      return .run(try Command(object, rules), reply)
    } catch {
      // The refusal goes to the usual place if the requested one is not allowed, whatever else was wrong.
      let elsewhere = Incoming.Reply(address: nil, correlation: reply.correlation)
      return .refuse(error, command: name, reply.objection == nil ? reply : elsewhere)
    }
  }

  private static func object(_ payload: [UInt8]) throws(CommandRefusal) -> FlatObject {
    do throws(MalformedObject) { return try FlatObject(payload) } catch { throw .malformed(error) }
  }

  // MARK: Answers

  /// Nil: too many answers are in flight already.
  mutating func nextAnswer() -> Token? {
    guard answers.count < Self.answerLimit else { return nil }
    let token = Token.answer(answerCount)
    answerCount += 1
    answers.insert(token)
    return token
  }

  /// Returns whether the token belonged to an answer in flight; it is no longer in flight now.
  mutating func answered(_ token: Token) -> Bool { answers.remove(token) != nil }

  mutating func connectionLost() { answers = [] }
}

/// The events of remote commands that a person should know about.
package enum CommandNote: Hashable, Sendable {
  case listening(at: String)
  case notListening(at: String, meaning: String)
  case accepted(Command)
  case refused(reason: String)
  case kept(place: String)
  /// Dropped: more commands than the rate allows.
  case tooMany
  /// Dropped: the reply address or the correlation data exceeded the limit.
  case unanswerable
  case answerLost(reason: String)
}
