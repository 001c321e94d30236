"""The seams of the catalogue: what is held, what changed, what indexes lack, who does what."""
