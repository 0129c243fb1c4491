"""The stock flow: what the ERP has becomes what the shop shows. `flow.StockFlow` is the door for everybody else."""
