"""Crash points of the main path, and the bench's barrier before them."""

from app.steps.points import BULK_STEP_NAMES, STEP_NAMES, STOCK_STEP_NAMES, StepName, install, step

__all__ = ["BULK_STEP_NAMES", "STEP_NAMES", "STOCK_STEP_NAMES", "StepName", "install", "step"]
