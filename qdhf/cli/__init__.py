"""`python -m qdhf`: one small module per group of commands. A root, like `app.py`: it may import all."""

from __future__ import annotations

from qdhf.cli import exporting, labels, making, models, serving
from qdhf.cli.base import app

__all__ = ["app", "exporting", "labels", "making", "models", "serving"]
