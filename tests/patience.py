"""How long is waited for what must come: as long as the slowest machine needs. What is quick is there at the first look."""

FAR = 240.0
"""For one thing that happens in this process or another."""

WHOLE = 900.0
"""For a process that does all its work and ends."""
