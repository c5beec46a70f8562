"""What a million tokens cost: the bundled list, its reader, and the many names of one model."""
