"""QDHF Studio: quality diversity through human feedback.

The science lives here: no user interface, no SQL. Importing this package needs numpy alone.
"""

__version__ = "0.1.0"
