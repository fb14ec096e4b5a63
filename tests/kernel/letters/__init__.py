"""Letters in the official layout."""
