"""What carrying orders and reading items costs an ERP in calls, and how much of what it allows is used."""
