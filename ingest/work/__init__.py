"""Steps done by workers, from a received master to a published Work."""
