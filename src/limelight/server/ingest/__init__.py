"""From the wire to what is stored."""
