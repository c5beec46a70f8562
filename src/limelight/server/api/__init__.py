"""HTTP: parse, one call, serialise."""
