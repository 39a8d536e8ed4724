"""How the shipped weights are made: pictures, captions, VAE, UNet, image-text agreement.

Run the steps in this order (see ``models/README.md``): ``pictures``, ``train_vae``, ``latents``,
``train_unet``, ``assemble``, ``train_agreement``, ``evaluate``.
"""
