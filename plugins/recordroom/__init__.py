"""recordroom: a public-records archive of social media for public agencies."""

import os

__version__ = "0.1.0"

# pyarrow reads this when it is first imported. Its own allocator keeps the memory that each of its threads
# has freed: `verify --full` of a million records took 70 MB more, in the same time.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
