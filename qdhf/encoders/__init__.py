"""Items to feature vectors. Each module holds one implementation of :class:`qdhf.ports.Encoder`; open them by name
with :func:`qdhf.registry.open_encoder`.

``efficientnet``  pictures, 1280-d, offline, small        ``minilm``  texts, 384-d, offline
``clip``          pictures, any CLIP or SigLIP model      ``pixels``  pictures, 768-d, numpy alone (tests, a baseline)
"""
