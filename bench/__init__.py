"""Benches: programs of their own that measure the product from outside; nothing in `app` imports them."""
