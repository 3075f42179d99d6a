import CYAML

/// Builds a tree from libyaml's events. Features of YAML that a configuration does not need are refused, with their
/// place: anchors and aliases (a small file with aliases can stand for gigabytes), tags, and further documents.
struct YAMLParser: ~Copyable {
  private static let maximumDepth = 16

  /// libyaml keeps a pointer to the parser: it must not move.
  private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
  private let bytes: UnsafeMutableBufferPointer<UInt8>

  /// The root of the only document; nil: there is none.
  static func parse(_ bytes: [UInt8]) throws(Problem) -> YAMLNode? {
    let parser = YAMLParser(bytes)
    return try parser.document()
  }

  private init(_ source: [UInt8]) {
    bytes = .allocate(capacity: max(1, source.count))
    _ = bytes.initialize(from: source)
    yaml_parser_initialize(parser)
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.baseAddress, source.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    bytes.deallocate()
  }

  private struct Event {
    enum Kind {
      case scalar(String, isPlain: Bool)
      case sequenceStart, sequenceEnd, mappingStart, mappingEnd
      case documentStart, documentEnd, streamStart, streamEnd
    }

    let kind: Kind
    let mark: Mark
  }

  private func document() throws(Problem) -> YAMLNode? {
    var root: YAMLNode?
    while true {
      let event = try next()
      switch event.kind {
      case .streamEnd: return root
      case .documentStart where root != nil:
        throw Problem(event.mark, "", "a second document begins here; a configuration is one document")
      case .streamStart, .documentStart, .documentEnd: continue
      default: root = try node(event, depth: 0)
      }
    }
  }

  private func node(_ event: Event, depth: Int) throws(Problem) -> YAMLNode {
    guard depth < Self.maximumDepth else { throw Problem(event.mark, "", "nested too deeply") }
    switch event.kind {
    case .scalar(let text, let isPlain):
      return YAMLNode(mark: event.mark, content: .scalar(text, isPlain: isPlain))
    case .sequenceStart:
      var items: [YAMLNode] = []
      while true {
        let item = try next()
        if case .sequenceEnd = item.kind { return YAMLNode(mark: event.mark, content: .sequence(items)) }
        items.append(try node(item, depth: depth + 1))
      }
    case .mappingStart:
      var entries: [YAMLNode.Entry] = []
      while true {
        let key = try next()
        if case .mappingEnd = key.kind { return YAMLNode(mark: event.mark, content: .mapping(entries)) }
        guard case .scalar(let name, _) = key.kind else { throw Problem(key.mark, "", "a key must be a single word") }
        let value = try next()
        entries.append(.init(key: name, keyMark: key.mark, value: try node(value, depth: depth + 1)))
      }
    default:
      throw Problem(event.mark, "", "not expected here")
    }
  }

  private func next() throws(Problem) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
    defer { yaml_event_delete(&event) }
    let mark = Mark(event.start_mark)
    switch event.type {
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      try refuse(anchor: scalar.anchor, tag: scalar.tag, at: mark)
      let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return Event(kind: .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), mark: mark)
    case YAML_SEQUENCE_START_EVENT:
      try refuse(anchor: event.data.sequence_start.anchor, tag: event.data.sequence_start.tag, at: mark)
      return Event(kind: .sequenceStart, mark: mark)
    case YAML_MAPPING_START_EVENT:
      try refuse(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, at: mark)
      return Event(kind: .mappingStart, mark: mark)
    case YAML_SEQUENCE_END_EVENT: return Event(kind: .sequenceEnd, mark: mark)
    case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, mark: mark)
    case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, mark: mark)
    case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, mark: mark)
    case YAML_STREAM_START_EVENT: return Event(kind: .streamStart, mark: mark)
    case YAML_STREAM_END_EVENT: return Event(kind: .streamEnd, mark: mark)
    default: throw Problem(mark, "", "aliases (*name) are not supported: write the values out")
    }
  }

  private func refuse(
    anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?, at mark: Mark
  ) throws(Problem) {
    if anchor != nil { throw Problem(mark, "", "anchors (&name) are not supported: write the values out") }
    if tag != nil { throw Problem(mark, "", "tags (!name) are not supported") }
  }

  private func syntaxError() -> Problem {
    let words = parser.pointee.problem.map { String(cString: $0) } ?? "out of memory"
    // libyaml gives no mark for a byte that cannot be part of any text.
    if parser.pointee.error == YAML_READER_ERROR {
      let before = bytes.prefix(min(parser.pointee.problem_offset, bytes.count))
      let line = before.count { $0 == UInt8(ascii: "\n") } + 1
      return Problem(Mark(line: line, column: 1), "", "this is not text in UTF-8: \(words)")
    }
    let hint = words.hasSuffix("cannot start any token") ? " (a tab? YAML wants spaces)" : ""
    return Problem(Mark(parser.pointee.problem_mark), "", "this is not YAML: \(words)\(hint)")
  }
}

extension Mark {
  fileprivate init(_ mark: yaml_mark_t) { self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1) }
}

extension Problem {
  init(_ mark: Mark, _ path: String, _ reason: String) {
    self.init(line: mark.line, column: mark.column, path: path, reason: reason)
  }
}
