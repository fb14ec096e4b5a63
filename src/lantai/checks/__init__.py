"""Four-property runs (四性检测) kept with their reports, and what people signed for."""
