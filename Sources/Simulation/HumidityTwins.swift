extension Twins {
  /// The twins of the humidity chips that are no SHT3x or SHT4x.
  static let humidity: [String: MakeChip] = {
    SimulatedSHT2x.models.mapValues { model -> MakeChip in
      { SimulatedSHT2x(model, temperature: $0.temperature, humidity: $0.humidity, time: $0.time) }
    }
  }()
}
