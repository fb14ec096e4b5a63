"""The unit's desk: what comes in from offices, is arranged, numbered and handed over."""
