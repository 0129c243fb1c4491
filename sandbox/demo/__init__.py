"""The judge of the demo: drives the simulated store, then compares what the store shows with what the ERP has."""
