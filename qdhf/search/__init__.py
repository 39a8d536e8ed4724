"""The search: what fills the map (``archive``), where to aim (``targets``), what to try (``proposals``), when to stop
or refit (``loop``)."""
