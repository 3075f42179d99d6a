import Testing

@Suite struct SpoolPlaceholder {}
