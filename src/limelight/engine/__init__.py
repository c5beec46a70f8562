"""Intercepting calls: what happens between the user's call and its return, and nothing else."""
