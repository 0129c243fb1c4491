"""The crash bench: kills, pauses and wipes everything at every step, then asks store and ERP what became of it."""
