"""Attribute dialects: how a `Record` is written on a span, and read back."""
