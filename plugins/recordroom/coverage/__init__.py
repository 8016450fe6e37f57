"""Whether the archive is whole, account by account: what `recordroom status` prints and what the room's pages of coverage show. No words of
any record are in it."""
