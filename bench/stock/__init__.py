"""The stock bench: levels that changed in the ERP reach the shop in how many calls, at which part of its rate."""
