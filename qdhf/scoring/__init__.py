"""Quality of items. Each module holds implementations of :class:`qdhf.ports.Scorer`; open them by name with
:func:`qdhf.registry.open_scorer`.

``agreement``  picture and prompt agree (small joint head, clip-art only)   ``plain``  even, colour: no model
"""
