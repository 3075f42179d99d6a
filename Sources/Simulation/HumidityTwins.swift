extension Twins {
  /// The twins of the humidity chips that are no SHT3x or SHT4x.
  static let humidity: [String: MakeChip] = {
    let sht2x = SimulatedSHT2x.models.mapValues { model -> MakeChip in
      { SimulatedSHT2x(model, temperature: $0.temperature, humidity: $0.humidity, time: $0.time) }
    }
    let shtc = SimulatedSHTC.models.mapValues { model -> MakeChip in
      { SimulatedSHTC(model, temperature: $0.temperature, humidity: $0.humidity, time: $0.time) }
    }
    let aht = SimulatedAHT.models.mapValues { model -> MakeChip in
      { SimulatedAHT(model, temperature: $0.temperature, humidity: $0.humidity, time: $0.time) }
    }
    return [sht2x, shtc, aht].reduce(into: [:]) { $0.merge($1) { first, _ in first } }
  }()
}
