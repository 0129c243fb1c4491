"""How many calls it takes to bring changed prices to the shop."""
