"""Recognition: what an arriving matter is about, how it sounds, what is missing — by rules first, then by a model."""
