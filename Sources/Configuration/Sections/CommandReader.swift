/// Reads the group `uplink.commands`.
struct CommandReader {
  /// Nil: no command is allowed.
  func read(_ uplink: Section, _ settings: UplinkSettings) -> CommandSettings? {
    let known = ["allow", "topic", "response", "response_topics", "share", "shared_topic"]
    guard let section = uplink.optional("commands")?.section(known) else { return nil }
    let allowed = section.required(
      "allow", "the list of what may be asked: \(CommandSettings.Name.allCases.map(\.rawValue).joined(separator: ", "))"
    ).flatMap(names)
    var commands = CommandSettings(allowed: allowed ?? [])
    template(section, "topic", ["prefix", "device"], &commands.topic)
    template(section, "response", ["prefix", "device"], &commands.response)
    template(section, "shared_topic", ["prefix"], &commands.sharedTopic)
    commands.responseTopics = (section.optional("response_topics")?.list() ?? []).compactMap(filter)
    share(section, settings, &commands)
    return allowed.map { _ in commands }
  }

  private func names(_ field: Field) -> [CommandSettings.Name]? {
    guard let items = field.list() else { return nil }
    if items.isEmpty { field.mistake("needs at least one command; without \"commands\" none is taken") }
    var names: [CommandSettings.Name] = []
    for item in items {
      guard let name = item.choice(CommandSettings.Name.allCases.map { ($0.rawValue, $0) }) else { continue }
      if names.contains(name) { item.mistake("\"\(name.rawValue)\" comes twice") }
      names.append(name)
    }
    return names
  }

  /// A topic filter: a template that may also have wildcards for whole levels.
  private func filter(_ field: Field) -> String? {
    guard let text = field.text() else { return nil }
    let levels = text.split(separator: "/", omittingEmptySubsequences: false)
    let plain = levels.map { $0 == "+" || $0 == "#" ? "x" : $0 }.joined(separator: "/")
    if levels.dropLast().contains("#") {
      field.mistake("the wildcard # can only be the last level (\"\(shortened(text))\")")
    } else if let mistake = TopicCheck.mistake(in: plain, placeholders: ["prefix", "device"], required: []) {
      field.mistake("\(mistake) (\"\(shortened(text))\")")
    }
    return text
  }

  private func template(_ section: Section, _ key: String, _ placeholders: [String], _ target: inout String) {
    guard let field = section.optional(key), let text = field.text() else { return }
    if let mistake = TopicCheck.mistake(in: text, placeholders: placeholders, required: []) {
      field.mistake("\(mistake) (\"\(shortened(text))\")")
    }
    target = text
  }

  private func share(_ section: Section, _ settings: UplinkSettings, _ commands: inout CommandSettings) {
    guard let field = section.optional("share") else {
      section.optional("shared_topic")?.mistake("needs share beside it: the name of the group")
      return
    }
    commands.share = field.text(Name.rule, where: Name.isRight)
    if settings.version == .v311 { field.mistake("needs MQTT 5: protocol 3.1.1 has no shared subscriptions") }
  }
}
