"""`limelight serve`: receive spans, keep them, show them."""
