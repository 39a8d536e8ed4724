"""The search: what fills the map (``archive``), where to aim (``targets``), what is known (``proposals``, ``predictor``), ways
to make new genomes (``emitters``), who may make how many (``sharing``), which of them are rendered (``screening``, put together
in ``proposing``), what came of it (``results``), when to refit (``loop``)."""
