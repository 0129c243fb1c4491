"""The prices flow: what the ERP asks, what the store shows, and the writes between them."""
