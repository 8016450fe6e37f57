"""Whatever a platform or a network does wrong: a named failure or a gap, nothing claimed to be gone, nothing
lost that was read before, and the next capture goes on where it must."""
