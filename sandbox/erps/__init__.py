"""Simulated ERPs, each a package that speaks its vendor's own wire format, and what all of them have in common."""
