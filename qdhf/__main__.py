"""The command line: everything a page can do, a script can.

python -m qdhf --help
"""

from __future__ import annotations

from qdhf.cli import app

if __name__ == "__main__":
    app()
