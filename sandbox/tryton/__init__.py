"""A real Tryton server as the sandbox's ERP: `python -m sandbox.tryton` prepares, starts and describes it."""
