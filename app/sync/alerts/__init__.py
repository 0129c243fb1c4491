"""Alerts: look at what is wrong, decide what to say, and say it; never on the way of a sync."""
