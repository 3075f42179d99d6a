import Messages

/// Remote commands, as the dispatcher needs them. Both functions are called on the uplink's loop and must not block.
package struct CommandService: Sendable {
  let rules: CommandRules
  /// Where commands arrive.
  let inlets: [Inlet]
  /// The format of the answers.
  let format: JSONFormat
  /// `answer` may be called from any thread, once.
  let run: @Sendable (Command, _ answer: @escaping @Sendable (CommandResult) -> Void) -> Void
  let note: @Sendable (CommandNote) -> Void

  package init(
    rules: CommandRules, inlets: [Inlet], format: JSONFormat,
    run: @escaping @Sendable (Command, _ answer: @escaping @Sendable (CommandResult) -> Void) -> Void,
    note: @escaping @Sendable (CommandNote) -> Void
  ) {
    self.rules = rules
    self.inlets = inlets
    self.format = format
    self.run = run
    self.note = note
  }
}

/// Commands and answers bypass the courier's window: a reading never waits for one.
extension Dispatcher {
  /// Called on every connection, since the broker remembers nothing of us. Returns the inlets that will be answered.
  func listen() -> [Inlet] {
    let inlets = commands?.inlets ?? []
    if !inlets.isEmpty { transport?.post { $0.listen(at: inlets) } }
    return inlets
  }

  /// Returns whether the event concerned only commands.
  func handleCommand(_ event: TransportEvent) -> Bool {
    guard let commands else { return false }
    switch event {
    case .received(let message): received(message, commands)
    case .listening(let inlet, let place):
      commands.note(.listening(at: place))
      answered(.inlet(inlet))
    case .notListening(let inlet, let place, let meaning):
      commands.note(.notListening(at: place, meaning: meaning))
      answered(.inlet(inlet))
    case .acknowledged(let token, let answer):
      guard gate?.answered(token) == true else { return false }
      if case .refused(let refusal) = answer { commands.note(.answerLost(reason: refusal.meaning)) }
    case .failed:
      gate?.connectionLost()
      return false
    case .dialling, .dialled, .unprepared, .connected, .blocked, .unblocked, .adapted: return false
    }
    return true
  }

  private func received(_ message: Incoming, _ commands: CommandService) {
    guard courier.isConnected else { return }
    let decision = gate?.decide(message, at: loop.now)
    switch decision {
    case .ignore(let note): commands.note(note)
    case .refuse(let refusal, let name, let reply):
      commands.note(.refused(reason: "\(refusal)"))
      answer(commands.format.refusal(refusal, command: name, to: reply))
    case .run(let command, let reply):
      commands.note(.accepted(command))
      commands.run(command) { result in
        self.post { dispatcher in
          dispatcher.answer(commands.format.answer(result, to: reply))
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
    guard let token = gate?.nextAnswer() else {
      commands?.note(.answerLost(reason: "too many answers are on their way"))
      return
    }
    publish(message, token)
  }
}
