"""The pages of the records room: one module for each address below /records/."""
