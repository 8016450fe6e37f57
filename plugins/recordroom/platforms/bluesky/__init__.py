"""Bluesky: an account's profile, posts, reposts and replies, and everybody's replies to them, from the
network's public AppView.

Read without signing in (https://docs.bsky.app/docs/api/, lexicons of the PyPI package atproto, and a real
  network of one machine): app.bsky.actor.getProfile            who the account is, its profile, in every
  window app.bsky.feed.getAuthorFeed          what it published, newest first: posts, its own replies,
  reposts, quotes app.bsky.feed.getPostThread          the replies to a post of ours, and the replies to those
  app.bsky.feed.getQuotes              who quotes a post of ours (notices.py) app.bsky.feed.getPosts
  single posts: what a window no longer shows, what a conversation hides app.bsky.graph.getRelationships
  why a reply is missing from a conversation: who blocks whom com.atproto.repo.listRecords         of our own
  server: whom the account blocks (blocks.py) com.atproto.repo.getRecord           of its author's own server
  (PDS): RecordNotFound is the word that a post was deleted ... com.atproto.sync.getRecord           of the
  same server: ... unless its repository still holds it: then it was taken down com.atproto.sync.getBlob
  of the same server: pictures and videos as they were uploaded With a session of the account, for its app
  password (tokens.py), of our own server: app.bsky.notification.listNotifications   who names, quotes or
  answers the account and stands in no conversation of it (notices.py) chat.bsky.convo.listConvos,
  .getMessages  private messages (chats.py, inbox.py) A server is found in the DID document (plc.directory; of
  a network of one's own, `api_url: http://appview?plc=http://plc`; else com.atproto.repo.describeRepo of
  `api_url`). Only our own server and Bluesky's own hosts are asked for words.

Ids are unique in the world: an at-uri with the DID (what is pinned) in it. A post says itself what it answers
(`reply.root`, `reply.parent`). The protocol has no stamp of an edit, only another cid: `valid_from` stays
empty. `createdAt` is the author's claim; a post that claims an old date stands deep in the list, where the
window `recent` does not reach it, but `full` does. What the API never gives stands in
docs/platforms/bluesky.md.
"""

from recordroom.platforms.bluesky.asking import read_cursor
from recordroom.platforms.bluesky.platform import PLATFORM
from recordroom.platforms.bluesky.records import parse, saved
from recordroom.platforms.bluesky.tokens import renew
from recordroom.platforms.bluesky.walk import fetch, identify, lookup, totals

__all__ = ["PLATFORM", "fetch", "identify", "lookup", "parse", "read_cursor", "renew", "saved", "totals"]
