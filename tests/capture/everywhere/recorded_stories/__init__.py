"""Stories that earlier code lived through: captures with their exchanges, and the resulting archive.

Whatever a later connector does, the same responses must produce the same records.

A seed throws a random story (tests/capture/everywhere/random_stories) of each platform: a crowd publishes and
comments; a first capture is killed, late, refused, or throttled, and resumed; people edit, remove, and hide;
further captures meet further trouble; a complete one ends it. `python -m
tests.capture.everywhere.recorded_stories` records, replays, and shows them.

story_file.py   the file of a platform's stories
results.py      the results of a story, without what differs from run to run
rewordings.py   texts that the stories have in an earlier wording
recorder.py     plays a story on the sandbox and records it
replay.py       repeats a story from its record alone, and compares
__main__.py     the commands
"""
