extension SimulatedCatalog {
  /// The twins of the humidity chips other than SHT3x, SHT4x and HDC302x.
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
    let hdc10xx = SimulatedHDC10xx.models.mapValues { identity -> MakeChip in
      { SimulatedHDC10xx(identity: identity, temperature: $0.temperature, humidity: $0.humidity, time: $0.time) }
    }
    let hdc20xx = SimulatedHDC20xx.models.mapValues { base -> MakeChip in
      { SimulatedHDC20xx(base: base, temperature: $0.temperature, humidity: $0.humidity, time: $0.time) }
    }
    return [sht2x, shtc, aht, hdc10xx, hdc20xx].reduce(into: [:]) { $0.merge($1) { first, _ in first } }
  }()
}
