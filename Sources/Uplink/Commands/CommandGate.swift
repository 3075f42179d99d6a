import Telemetry

/// What a message at a command topic is: something to do, to refuse, or to leave alone. A value, like the courier.
struct CommandGate: Sendable {
  enum Decision: Hashable, Sendable {
    case run(Command, Incoming.Reply)
    /// `command`: its name, if it has one.
    case refuse(CommandRefusal, command: String?, Incoming.Reply)
    /// There is nobody to tell, or too many.
    case ignore(CommandNote)
  }

  /// A second; and after a rest so many at once.
  private static let rate = 1
  private static let burst = 10
  /// Answers that the broker has not yet acknowledged.
  private static let answerLimit = 20
  /// No record will ever have such a number.
  private static let firstToken: UInt64 = 1 << 63

  private let rules: CommandRules
  /// Where the gateway itself publishes, or listens: no answers go there.
  private let foreign: Set<String>
  private let topics: CommandTopics
  private var bucket: TokenBucket
  private var answers: Set<Token> = []
  private var answerCount: UInt64 = 0

  /// `published`: the topics of the gateway's own readings, events and states.
  init(_ rules: CommandRules, _ topics: CommandTopics, published: Set<String>, now: Uptime) {
    self.rules = rules
    self.topics = topics
    foreign = published.union([topics.own] + (topics.shared.map { [$0] } ?? []))
    bucket = TokenBucket(rate: Self.rate, burst: Self.burst, now: now)
  }

  mutating func decide(_ message: Incoming, at now: Uptime) -> Decision {
    // It would be carried out again on every connection.
    if message.isRetained { return .ignore(.retained(topic: message.topic)) }
    guard bucket.allowed(at: now) > 0 else { return .ignore(.tooMany) }
    bucket.spend(1)
    guard let reply = message.reply else { return .ignore(.unanswerable) }
    var name: String?
    do throws(CommandRefusal) {
      if message.size > FlatObject.sizeLimit { throw .tooLarge(bytes: message.size) }
      let object = try Self.object(message.payload)
      if case .text(let text)? = object.members["command"] { name = text }
      if let topic = reply.topic {
        if foreign.contains(topic) { throw .foreignTopic(topic) }
        if !topics.mayAnswer(at: topic) { throw .unpermittedTopic(topic, home: topics.home) }
      }
      return .run(try Command(object, rules), reply)
    } catch {
      // It says so at the usual place, whatever else was wrong.
      let isHere = reply.topic.map { !foreign.contains($0) && topics.mayAnswer(at: $0) } ?? true
      let elsewhere = Incoming.Reply(topic: nil, correlation: reply.correlation)
      return .refuse(error, command: name, isHere ? reply : elsewhere)
    }
  }

  private static func object(_ payload: [UInt8]) throws(CommandRefusal) -> FlatObject {
    do throws(MalformedObject) { return try FlatObject(payload) } catch { throw .malformed(error) }
  }

  // MARK: Answers

  /// Nil: too many are on their way already.
  mutating func nextAnswer() -> Token? {
    guard answers.count < Self.answerLimit else { return nil }
    let token = Token(Self.firstToken + answerCount)
    answerCount += 1
    answers.insert(token)
    return token
  }

  /// Whether it was an answer that is no longer on its way.
  mutating func answered(_ token: Token) -> Bool { answers.remove(token) != nil }

  mutating func connectionLost() { answers = [] }
}

/// What a person should know of remote commands.
package enum CommandNote: Hashable, Sendable {
  case subscribed(filter: String)
  case notSubscribed(filter: String, meaning: String)
  case accepted(Command)
  case refused(reason: String)
  case retained(topic: String)
  /// More than the rate allows: dropped.
  case tooMany
  /// Response topic or correlation data of more than the limit: dropped.
  case unanswerable
  case answerLost(reason: String)
}
