"""Migrations in order; each is plain SQL that Tortoise's runner applies once, under a lock (`schema.migrate`)."""
