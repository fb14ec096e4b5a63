"""Public standards and storage contracts in plain Python: this package never imports Django."""
