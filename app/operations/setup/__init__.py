"""The first hour of a connection: what is done of it, and the steps that no other part does."""
