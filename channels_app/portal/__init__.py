"""The portal as a channel: what a signed-in customer writes."""
