import Testing

@Suite struct SamplingPlaceholder {}
