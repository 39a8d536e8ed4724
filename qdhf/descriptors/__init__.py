"""Descriptors: projections of features to a map, learned from similarity judgments.

``descriptor.learn`` is the entry. Its parts: ``projection`` (axes and bounds), ``fitting`` (the learner),
``as_published`` (the reference's recipe, to compare with), ``validation`` (how far to trust a fit) and ``alignment``
(steady maps).
"""
