/// Reads the group `uplink.commands`.
struct CommandReader {
  /// Nil: no command is allowed.
  func read(_ uplink: Section, _ settings: UplinkSettings) -> CommandSettings? {
    guard let section = uplink.optional("commands")?.section() else { return nil }
    let allowed = section.required("allow").flatMap(names)
    var commands = CommandSettings(allowed: allowed ?? [])
    commands.topic = section.optional("topic")?.topic() ?? commands.topic
    commands.response = section.optional("response")?.topic() ?? commands.response
    commands.sharedTopic = section.optional("shared_topic")?.topic() ?? commands.sharedTopic
    commands.responseTopics = (section.optional("response_topics")?.list() ?? []).compactMap(filter)
    share(section, settings, &commands)
    return allowed.map { _ in commands }
  }

  private func names(_ field: Field) -> [CommandSettings.Name]? {
    guard let items = field.list() else { return nil }
    if items.isEmpty { field.mistake("needs at least one command; without \"commands\" none is taken") }
    var names: [CommandSettings.Name] = []
    for item in items {
      guard let name = item.choice() as CommandSettings.Name? else { continue }
      if names.contains(name) { item.mistake("\"\(name.rawValue)\" comes twice") }
      names.append(name)
    }
    return names
  }

  /// A topic filter: a template that may also have wildcards for whole levels.
  private func filter(_ field: Field) -> String? {
    guard case .filter(let placeholders) = field.form, let text = field.text() else { return nil }
    let levels = text.split(separator: "/", omittingEmptySubsequences: false)
    let plain = levels.map { $0 == "+" || $0 == "#" ? "x" : $0 }.joined(separator: "/")
    if levels.dropLast().contains("#") {
      field.mistake("the wildcard # can only be the last level (\"\(shortened(text))\")")
    } else if let mistake = TopicCheck.mistake(in: plain, placeholders: placeholders, required: []) {
      field.mistake("\(mistake) (\"\(shortened(text))\")")
    }
    return text
  }

  private func share(_ section: Section, _ settings: UplinkSettings, _ commands: inout CommandSettings) {
    guard let field = section.optional("share") else {
      section.optional("shared_topic")?.mistake("needs share beside it: the name of the group")
      return
    }
    commands.share = field.formed()
    if settings.version == .v311 { field.mistake("needs MQTT 5: protocol 3.1.1 has no shared subscriptions") }
  }
}
