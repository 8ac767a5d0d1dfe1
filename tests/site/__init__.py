"""The documentation as it is built: what a reader finds, on a computer and on a phone, without a network."""
