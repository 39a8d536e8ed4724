"""What is measured: each module prints one JSON line with ``--json``. Ratios are against a peer in the same process."""
