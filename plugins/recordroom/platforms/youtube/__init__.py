"""YouTube: a channel's profile, videos, shorts and broadcasts, and all comments, with an API key or with the consent of its owner.

Read (Data API v3, https://developers.google.com/youtube/v3/docs; fields checked against the discovery document in the PyPI package
google-api-python-client), each request for one unit of the day's quota:
  channels                       who answers, its profile, its list of uploads, its number of public videos: once a capture
  playlistItems                  50 uploads, newest first
  videos?id=                     50 videos
  commentThreads?videoId=        100 threads of a video, newest first, each with some of its answers
  commentThreads?allThreadsRelatedToChannelId=   the same of all videos: what is new on any of them, for one unit
  comments?parentId=             100 answers, only where a thread does not hold all that it counts
  comments?id=                   50 comments
  captions?videoId=              for 50 units, the caption tracks of a video; one of them (captions/<id>) for 200

The whole account is read video by video. The last days are read by the one list of all threads, which holds all that is said on new videos
and what is new on old ones; a video that counts more than that list gave is then read for itself. New answers in old threads are found by
the nightly sweep. Only the owner's token is shown comments that are held or taken for spam, videos that are not public, and captions.

What the tracks of a video are costs too much to be asked each time: some videos a night are, and what the archive holds of the others
stands, so that a reading that does not ask makes no edit.

A comment is asked for as HTML, which has its links; its words are those that its author typed (`textOriginal`), where YouTube gives them.
docs/platforms/youtube.md says what the API never gives, and what a day costs.
"""

from recordroom.platforms.youtube.asking import read_cursor as read_cursor
from recordroom.platforms.youtube.platform import PLATFORM as PLATFORM
from recordroom.platforms.youtube.records import parse as parse
from recordroom.platforms.youtube.records import saved as saved
from recordroom.platforms.youtube.tokens import consented as consented
from recordroom.platforms.youtube.tokens import renew as renew
from recordroom.platforms.youtube.walk import fetch as fetch
from recordroom.platforms.youtube.walk import identify as identify
from recordroom.platforms.youtube.walk import lookup as lookup
from recordroom.platforms.youtube.walk import totals as totals
