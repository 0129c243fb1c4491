"""How soon the page shows itself in the admin, on a slow line and a slow machine."""
