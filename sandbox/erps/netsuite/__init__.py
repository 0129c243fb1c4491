"""A simulated NetSuite account: its REST web services over books of its own, strict where NetSuite is strict."""
