"""Kontor, an ERP that nobody wrote an adapter for: of another shape than ours on purpose, so that a document has work to do.

Money in the smallest unit, times in thousandths of a second, vouchers and despatches instead of orders and shipments, cursors
in a header, page numbers elsewhere, and refusals that look like success.
"""
