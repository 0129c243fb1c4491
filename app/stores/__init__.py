"""Selling platforms other than Shopify, one folder each; `docs/adding-a-store.md` says how one is added."""
