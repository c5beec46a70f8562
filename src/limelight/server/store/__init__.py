"""Spans on disk."""
