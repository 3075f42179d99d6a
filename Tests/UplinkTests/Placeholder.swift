import Testing

@Suite struct UplinkPlaceholder {}
