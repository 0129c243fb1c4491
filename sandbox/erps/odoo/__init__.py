"""A simulated Odoo: two of its versions, each with its own way of being asked, its own fields and its own roundings."""
