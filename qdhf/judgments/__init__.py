"""Judgments: answers as arrays (``triplets``), what to ask next (``questions``), how raters answer (``agreement``)."""
