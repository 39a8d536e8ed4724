"""Genomes to items. Each module holds one implementation of :class:`qdhf.ports.Generator`; open them by name with
:func:`qdhf.registry.open_generator`.

``diffusion``   any diffusers text-to-image pipeline, and the shipped one ("embedded")
``collection``  the user's own folder or ZIP of pictures and texts
``planted``     numpy pictures whose latents mean something: for tests, demos and machines without torch
"""
