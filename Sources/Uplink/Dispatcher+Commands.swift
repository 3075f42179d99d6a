import Messages

/// Remote commands, as the dispatcher needs them. Both functions are called on the uplink's loop and must not block.
package struct CommandService: Sendable {
  let rules: CommandRules
  let topics: CommandTopics
  /// `answer` may be called from any thread, once.
  let run: @Sendable (Command, _ answer: @escaping @Sendable (CommandResult) -> Void) -> Void
  let note: @Sendable (CommandNote) -> Void

  package init(
    rules: CommandRules, topics: CommandTopics,
    run: @escaping @Sendable (Command, _ answer: @escaping @Sendable (CommandResult) -> Void) -> Void,
    note: @escaping @Sendable (CommandNote) -> Void
  ) {
    self.rules = rules
    self.topics = topics
    self.run = run
    self.note = note
  }
}

/// Commands and answers bypass the courier's window: a reading never waits for one.
extension Dispatcher {
  /// Called on every connection, since the broker keeps no subscription of ours. Returns how many answers will come.
  func subscribe() -> Int {
    guard let commands else { return 0 }
    let subscriptions = commands.topics.subscriptions
    transport?.post { $0.subscribe(to: subscriptions) }
    return subscriptions.count
  }

  /// Returns whether the event concerned only commands.
  func handleCommand(_ event: TransportEvent) -> Bool {
    guard let commands else { return false }
    switch event {
    case .received(let message): received(message, commands)
    case .subscribed(let filter):
      commands.note(.subscribed(filter: filter))
      greetingAnswered()
    case .notSubscribed(let filter, let meaning):
      commands.note(.notSubscribed(filter: filter, meaning: meaning))
      greetingAnswered()
    case .acknowledged(let token, let answer):
      guard desk?.answered(token) == true else { return false }
      if case .refused(_, let meaning) = answer { commands.note(.answerLost(reason: meaning)) }
    case .failed:
      desk?.connectionLost()
      return false
    case .dialling, .dialled, .connected, .adapted: return false
    }
    return true
  }

  private func received(_ message: Incoming, _ commands: CommandService) {
    guard courier.isConnected else { return }
    let decision = desk?.decide(message, at: loop.now)
    switch decision {
    case .ignore(let note): commands.note(note)
    case .refuse(let refusal, let name, let reply):
      commands.note(.refused(reason: "\(refusal)"))
      answer(encoder.refusal(refusal, command: name, to: reply, otherwise: commands.topics.response))
    case .run(let command, let reply):
      commands.note(.accepted(command))
      commands.run(command) { result in
        self.post { dispatcher in
          dispatcher.answer(dispatcher.encoder.answer(result, to: reply, otherwise: commands.topics.response))
        }
      }
    case nil: return
    }
  }

  private func answer(_ message: Message) {
    guard courier.isConnected else {
      commands?.note(.answerLost(reason: "the connection is gone"))
      return
    }
    guard let token = desk?.nextAnswer() else {
      commands?.note(.answerLost(reason: "too many answers are on their way"))
      return
    }
    publish(message, token)
  }
}
