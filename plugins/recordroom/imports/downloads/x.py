"""An X archive (`Settings > Your account > Download an archive of your data`).

It has posts, deleted posts, direct messages, and their media. The README.txt of each archive describes the
form: data/*.js, JSON after `window.YTD.<name>.part<n> = `. A later version of a post names the first one
(`edit_info`), whose id is the record's and contains the first version's time. The complete text of a long
post is in a file of its own (note-tweet.js) without the post's id: it is found by its time and its first
words. One that fits no post is reported.

It never has: what others wrote, except messages to the account; views; the complete text of a reposted post.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit

from recordroom.errors import ImportRefused, UnexpectedResponse
from recordroom.imports.contract import About, Form, Found, ImportPiece, Passed, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.leftover_files import list_unread
from recordroom.imports.split import Item, elements, json_pieces
from recordroom.model import REMOVED, Exchange, Media, Record, loads
from recordroom.platforms.schema import load_tree, read_time
from recordroom.platforms.x.entities import EPOCH
from recordroom.register.models import Account
from recordroom.text import replace_surrogates

NOTES = re.compile(r"(?:^|/)(?:deleted-)?note-tweet(?:-part\d+)?\.js$")
_SECONDS = 10  # seconds by which the times of a long post and of its complete text may differ
_CUT = re.compile(r"…\s*(?:https://t\.co/\w+)?\s*$")  # how a text ends that was cut
_LEAST, _START = 40, 50  # characters: no text is cut before 40; 50 identify a text
_LONG = 250  # characters: a shorter text that does not end like a cut one is complete


_NAMED = {
    "links": {"urls": "expandedUrl"},
    "mentions": {"mentions": "screenName"},
    "tags": {"hashtags": "text", "cashtags": "text"},
}


@dataclass(slots=True)
class Note:
    """The complete text of a long post."""

    place: str  # where it is in the archive, in words
    text: str
    named: dict[str, list[str]]  # field of a record -> links, mentions, or tags of the complete text
    taken: bool = False  # a post has it

    @property
    def start(self) -> str:
        return " ".join(unescape(self.text).split())


class Notes:
    """The complete texts of long posts, by their second."""

    def __init__(self, files: ImportFiles) -> None:
        self._at: dict[int, list[Note]] = {}
        self._rejects: list[Reject] = []
        for name in filter(NOTES.search, files.names()):
            with files.open(name) as file:
                for item in elements(file, None, name):
                    if isinstance(item, Reject):
                        self._rejects.append(item)
                    else:
                        self._add(item, f"item {item.number} of {name}")

    def _add(self, item: Item, place: str) -> None:
        try:
            note = loads(item.raw)["noteTweet"]
            at, text = datetime.fromisoformat(note["createdAt"]), replace_surrogates(note["core"]["text"])
            self._at.setdefault(int(at.timestamp()), []).append(Note(place, text, _named(note["core"])))
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            self._rejects.append(
                Reject(place, f"it is not the text of a long post ({type(problem).__name__}: {problem})")
            )

    def whole(self, tweet: Mapping[str, Any]) -> Note | None:
        """Return the complete text of a post.

        None if the post is complete or no text fits.

        A text fits that has the post's time, within some seconds, and begins as the post does.
        """
        text, at = " ".join(unescape(str(tweet.get("full_text"))).split()), _second(tweet.get("created_at"))
        start = _CUT.sub("", text)
        if at is None or len(start) < _LEAST or (start == text and len(text) < _LONG):
            return None
        near = (
            (note.start.startswith(start), -abs(second - at), not note.taken, note)
            for second in range(at - _SECONDS, at + _SECONDS + 1)
            for note in self._at.get(second, ())
            if note.start[:_START] == start[:_START] or note.start.startswith(start)
        )
        *_, best = max(near, key=itemgetter(0, 1, 2), default=(None,))
        if best is None:
            return None
        best.taken = True
        return best

    def left(self) -> Iterator[Reject]:
        """Return a Reject for each text that fits no post."""
        yield from self._rejects
        notes = (note for second in self._at.values() for note in second if not note.taken)
        yield from (Reject(note.place, "no post of that time begins like this text") for note in notes)


def _named(core: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        field: [
            replace_surrogates(one[name])
            for part, name in parts.items()
            for one in core.get(part) or ()
            if isinstance(one.get(name), str)
        ]
        for field, parts in _NAMED.items()
    }


def _second(created: Any) -> int | None:
    try:
        return int(created_at(str(created)).timestamp())
    except ValueError:
        return None


def created_at(text: str) -> datetime:
    """Read a time like `Fri Nov 18 03:03:12 +0000 2022`."""
    return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)


FORM = Form(
    "xarchive", "X archive", parser=5, says=frozenset(("text", "author_id", "media")), platforms=("x",)
)
_FILES = {
    re.compile(r"(?:^|/)(?:tweet|tweets|community-tweet)(?:-part\d+)?\.js$"): "tweets",
    re.compile(r"(?:^|/)deleted-tweets(?:-part\d+)?\.js$"): "deleted",
    re.compile(r"(?:^|/)direct-messages?(?:-group)?(?:-part\d+)?\.js$"): "messages",
}
# settings, lists of other people, logs, and shown advertisements, by an archive's README.txt
_NO_WRITINGS = re.compile(
    r"(?:^|/)(?:assets/.*|README\.txt|Your archive\.html|data/(?:manifest|account.*|ageinfo|ad-.*|app|block"
    r"|branch-links|catalog-item"
    r"|commerce-catalog|connected-application|contact|deleted-tweet-headers|device-token"
    r"|direct-message-(?:group-)?(?:headers|mute)"
    r"|email-.*|expanded-profile|follower|following|ip-audit|key-registry|like|lists-.*|mute|ni-devices"
    r"|p-?xblock|periscope-(?:account|ban"
    r"|followers|profile).*|personalization|phone-number|product-.*|professional-data|profile"
    r"|protected-history|saved-search"
    r"|screen-name-change|shop-.*|shopify-.*|smartblock|sso|tweet-headers|tweetdeck"
    r"|twitter-circle(?:-member)?|twitter-shop|user-link-clicks"
    r"|verified.*)(?:-part\d+)?\.js)$"
)
# the latter is sent by the account automatically when a conversation is opened
_MESSAGES = ("messageCreate", "welcomeMessageCreate")
_OF_MESSAGES = frozenset(
    ("id", "senderId", "recipientId", "text", "createdAt", "mediaUrls", "urls", "reactions")
)
# folders of files in messages; as with posts, the second is the older name
_OF_TWO = ("direct_messages_media", "direct_message_media")
_OF_GROUPS = ("direct_messages_group_media", "direct_message_group_media")
_EVENTS = frozenset(("joinConversation", "participantsJoin", "participantsLeave", "conversationNameUpdate"))
# errors of items that are not as they should be
_MISTAKES = (KeyError, TypeError, AttributeError, ValueError, OverflowError, UnexpectedResponse)
_REPOST = re.compile(r"RT @(\w+): ")
# what the API puts before a file's id; a video's depends on how it was uploaded
_KEYS = {"photo": "3", "animated_gif": "16"}
_TYPES = {"photo": "image", "animated_gif": "video", "video": "video"}
_KNOWN = frozenset(
    ("edit_info", "retweeted", "source", "entities", "display_text_range", "favorite_count",
     "in_reply_to_status_id_str", "id_str", "id",
     "in_reply_to_user_id", "truncated", "retweet_count", "in_reply_to_status_id", "possibly_sensitive",
     "created_at", "favorited",
     "full_text", "lang", "in_reply_to_screen_name", "in_reply_to_user_id_str", "extended_entities",
     "deleted_at", "coordinates", "geo",
     "withheld_in_countries", "withheld_copyright", "scopes", "contributors", "place", "community_id",
     "community_id_str")
)  # fmt: skip


def recognize(files: ImportFiles) -> bool:
    return any(files.start(name, 11) == b"window.YTD." for name, _ in _members(files))


def about(files: ImportFiles) -> About:
    for name in files.find("account.js"):
        [told] = files.json(name)
        return About(native_id=told["account"]["accountId"], handle=told["account"]["username"])
    return About()


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[ImportPiece | Reject]:  # noqa: ARG001
    whose = about(files)
    told: dict[str, Any] = {
        "account": account.identity.native_id if account.identity else whose.native_id,
        "handle": whose.handle,
    }
    folders = {name.rpartition("/")[0] for name in files.names()}
    told["folders"] = sorted(
        f for f in folders if f.endswith(("tweets_media", "tweet_media", *_OF_GROUPS, *_OF_TWO))
    )
    notes, threads = Notes(files), _threads(files, told["account"])
    for name, kind in _members(files):
        with files.open(name) as file:
            for piece in json_pieces(file, name, None, sort=kind, **told):
                yield piece if isinstance(piece, Reject) else _completed(piece, notes, threads)
    yield from notes.left()
    yield from _not_here(files)
    taken = [name for name in files.names() if NOTES.search(name)] + [name for name, _ in _members(files)]
    yield from list_unread(files, taken, _NO_WRITINGS, recognize)


def parse(exchange: Exchange) -> Iterator[Found]:
    tree, touched = load_tree(exchange)
    first, member, sort = exchange.context["first"], exchange.context["member"], exchange.context["sort"]
    for index, item in enumerate(tree):
        try:
            if sort == "messages":
                yield from _messages(item["dmConversation"], exchange, f"/{index}/dmConversation", touched)
            else:
                record = _tweet(item.get("tweet", item), exchange, f"/{index}")
                record.repaired = bool(touched) and id(item) in touched
                yield record
        except _MISTAKES as problem:
            yield Reject(
                f"item {first + index} of {member}",
                f"it is not in the expected form ({type(problem).__name__}: {problem})",
            )


def _members(files: ImportFiles) -> Iterator[tuple[str, str]]:
    for name in files.names():
        yield from ((name, kind) for pattern, kind in _FILES.items() if pattern.search(name))


def _not_here(files: ImportFiles) -> Iterator[Reject]:
    """Return a Reject for each listed file with writings that is missing.

    Other parts of the archive that were named count as present.
    """
    for name in files.find("manifest.js"):
        try:
            partial, listed = _listed(files.json(name))
        except (ImportRefused, AttributeError, TypeError) as problem:
            yield Reject(name, f"it is not a list of the archive's files ({problem})")
            continue
        wanted = (
            one for one in listed if NOTES.search(one) or any(pattern.search(one) for pattern in _FILES)
        )
        yield from (
            Reject(one, "the archive lists it but does not contain it")
            for one in wanted
            if not _is_here(files, one)
        )
        if partial and not files.beside:
            yield Reject(
                name, "the archive is one of several: import each, and name the others with --beside"
            )


def _listed(manifest: Any) -> tuple[bool, list[str]]:
    """Return (whether the archive is partial, names of its files).

    manifest: `{archiveInfo: {isPartialArchive}, dataTypes: {tweets: {files: [{fileName}]}}}`.
    """
    kinds = (manifest.get("dataTypes") or {}).values()
    names = [str(one.get("fileName")) for kind in kinds for one in kind.get("files") or ()]
    return bool((manifest.get("archiveInfo") or {}).get("isPartialArchive")), sorted(names)


def _is_here(files: ImportFiles, name: str) -> bool:
    return any(part.find(name) for part in (files, *files.beside))


@dataclass(frozen=True, slots=True)
class _Threads:
    """The links between the account's posts, by the ids of first versions."""

    answers: dict[str, str]  # each reply -> the post that it replies to
    firsts: dict[str, str]  # each later version -> the first version
    elsewhere: set[str]  # replies to other accounts

    def head(self, native: str) -> str | None:
        """Return the root post of a conversation of the account.

        None if the conversation leads to another account's post.
        """
        seen = {native}
        while (above := self.answers.get(native)) is not None and above not in seen:
            if native in self.elsewhere:
                return None
            native = above
            seen.add(above)
        return native


def _threads(files: ImportFiles, me: str | None) -> _Threads:
    found, firsts, elsewhere = dict[str, str](), dict[str, str](), set[str]()
    for name, kind in _members(files):
        if kind == "messages":
            continue
        with files.open(name) as file:
            for item in elements(file, None, name):
                tweet = _tweet_in(_lenient(item.raw)) if isinstance(item, Item) else {}
                native = str(tweet.get("id_str"))
                if above := tweet.get("in_reply_to_status_id_str"):
                    found[native] = str(above)
                    if tweet.get("in_reply_to_user_id_str") not in (None, me):
                        elsewhere.add(native)
                if (first := _first_of(tweet)) is not None:
                    firsts[native] = first
    answers = {firsts.get(native, native): firsts.get(above, above) for native, above in found.items()}
    return _Threads(answers, firsts, {firsts.get(native, native) for native in elsewhere})


def _first_of(tweet: Mapping[str, Any]) -> str | None:
    """Return the first version's id of a post that is a later version."""
    told = tweet.get("edit_info")
    edit = told.get("edit") if isinstance(told, dict) else None
    first = edit.get("initialTweetId") if isinstance(edit, dict) else None
    return first if isinstance(first, str) else None


def _lenient(raw: bytes) -> Any:
    """Read JSON; None if it is none, which `parse` reports."""
    try:
        return loads(raw)
    except (ValueError, RecursionError):
        return None


def _tweet_in(item: Any) -> dict[str, Any]:
    tweet = item.get("tweet", item) if isinstance(item, dict) else None
    return tweet if isinstance(tweet, dict) else {}


def _completed(piece: ImportPiece, notes: Notes, threads: _Threads) -> ImportPiece:
    """Add to a piece what its posts do not say of themselves.

    These are the complete texts of long posts, the first versions of what they reply to, and the root posts
    of the account's conversations.
    """
    whole, named, heads, above = {}, {}, {}, {}
    for tweet in map(_tweet_in, _lenient(piece.body) or () if piece.context["sort"] != "messages" else ()):
        native, note = str(tweet.get("id_str")), notes.whole(tweet)
        if note is not None:
            whole[native], named[native] = note.text, note.named
        if (first := threads.firsts.get(native, native)) in threads.answers:
            above[native] = threads.answers[first]
            if (head := threads.head(first)) is not None:
                heads[native] = head
    told = {"notes": whole, "named": named, "heads": heads, "above": above}
    return ImportPiece(piece.body, piece.content_type, piece.place, {**piece.context, **told})


def _tweet(tweet: dict[str, Any], exchange: Exchange, pointer: str) -> Record:
    context, native, created = exchange.context, tweet["id_str"], created_at(tweet["created_at"])
    first = (tweet.get("edit_info") or {}).get("edit", {}).get("initialTweetId") or native
    # people write that themselves too
    repost = None if any(map(_is_own, _shown(tweet))) else _REPOST.match(tweet["full_text"])
    text = context["notes"].get(native) or unescape(
        tweet["full_text"].removeprefix(repost[0]) if repost else tweet["full_text"]
    )
    entities, more = tweet.get("entities") or {}, context.get("named", {}).get(native, {})
    links = [url for one in entities.get("urls") or [] if (url := one.get("expanded_url") or one.get("url"))]
    if more:  # a long post that was cut contains its own address
        links = [url for url in links if not url.endswith(f"/i/web/status/{native}")]
    record = Record(
        record_id=f"x:{first}",
        kind="post",
        native_id=first,
        pointer=pointer,
        root_id=f"x:{first}",
        url=f"https://x.com/{context['handle'] or 'i'}/status/{native}",
        author_id=context["account"],
        author_handle=context["handle"],
        author_is_account=True,
        text=text,
        language=tweet.get("lang"),
        published_at=created
        if first == native
        else datetime.fromtimestamp(((int(first) >> 22) + EPOCH) / 1000, UTC),
        edited_at=None if first == native else created,
        valid_from=created,
        links=_together(links, more.get("links")),
        mentions=_together(
            [one["screen_name"] for one in entities.get("user_mentions") or []], more.get("mentions")
        ),
        tags=_together(
            [one["text"] for kind in ("hashtags", "symbols") for one in entities.get(kind) or []],
            more.get("tags"),
        ),
        leftover=tuple(sorted(tweet.keys() - _KNOWN)),
    )
    if not repost:
        folder = _folder(
            context["folders"],
            *(("deleted_tweets_media",) if context["sort"] == "deleted" else ("tweets_media", "tweet_media")),
        )
        record.media = list(_media(tweet, native, folder))
    _place(record, tweet, context.get("above", {}).get(native), context["heads"].get(native))
    if context["sort"] == "deleted":
        record.status, record.acted_by, record.status_reason = (
            REMOVED,
            "agency",
            f"deleted at {tweet.get('deleted_at') or 'an unknown time'}",
        )
    return record


def _together(own: list[str], more: list[str] | None) -> list[str]:
    """Add what only the complete text has."""
    return list(dict.fromkeys([*own, *more])) if more else own


def _place(record: Record, tweet: Mapping[str, Any], above: str | None, head: str | None) -> None:
    """Place a reply.

    It is a comment or reply within a conversation of the account, as far as the archive shows that; else a
    post.
    above: the first version of what it replies to. head: the root post of the conversation.
    """
    above, user = above or tweet.get("in_reply_to_status_id_str"), tweet.get("in_reply_to_user_id_str")
    if not above:
        return
    record.parent_id, record.root_id = f"x:{above}", None
    if user == record.author_id and head:
        record.kind, record.root_id = "comment" if head == above else "reply", f"x:{head}"


def _folder(folders: list[str], *names: str) -> str:
    """Return the archive's folder of one of these names, which have changed.

    `data/<the first name>` if there is none.
    """
    return next((folder for folder in folders if folder.rpartition("/")[2] in names), f"data/{names[0]}")


def _shown(tweet: Mapping[str, Any]) -> list[dict[str, Any]]:
    return (
        (tweet.get("extended_entities") or {}).get("media")
        or (tweet.get("entities") or {}).get("media")
        or []
    )


def _is_own(one: Mapping[str, Any]) -> bool:
    """Whether a file was uploaded with this post.

    Files of a reposted one name the other post.
    """
    return not (one.get("source_status_id_str") or one.get("source_status_id"))


def _media(tweet: Mapping[str, Any], native: str, folder: str) -> Iterator[Media]:
    """Return the media of a post.

    The name of a file is the post's id and the last part of the file's address. How a video was uploaded
    shows in the video's own address: the address of its preview image does not show it if a person chose that
    image.
    """
    for position, one in enumerate(_shown(tweet), 1):
        films = [
            v
            for v in (one.get("video_info") or {}).get("variants") or []
            if v.get("content_type") == "video/mp4"
        ]
        best = max(
            films,
            key=lambda film: int(film.get("bitrate") or 0),
            default={"url": one.get("media_url_https") or ""},
        )
        kind = _KEYS.get(one["type"]) or (
            "13" if "amplify_video" in f"{one.get('media_url')} {best['url']}" else "7"
        )
        file = f"{folder}/{native}-{urlsplit(best['url']).path.rpartition('/')[2]}"
        yield Media(
            f"{kind}_{one['id_str']}",
            _TYPES.get(one["type"], "document"),
            file,
            one.get("ext_alt_text"),
            position=position,
        )


def _messages(
    conversation: dict[str, Any], exchange: Exchange, pointer: str, touched: Collection[int]
) -> Iterator[Found]:
    """Read a conversation; its messages are writings of either participant."""
    talk = conversation["conversationId"]
    for index, one in enumerate(conversation["messages"]):
        sort = next((name for name in _MESSAGES if name in one), None)
        if sort is None and one.keys() <= _EVENTS:
            yield Passed(f"not a message: {', '.join(one)}")
            continue
        try:
            if sort is None:
                raise ValueError(f"not a message: {', '.join(one)}")
            record = _message(one[sort], talk, exchange, f"{pointer}/messages/{index}/{sort}")
            record.repaired = id(one[sort]) in touched
            yield record
        except _MISTAKES as problem:
            place = f"message {index + 1} of the conversation {talk}"
            yield Reject(place, f"it is not in the expected form ({type(problem).__name__}: {problem})")


def _message(message: dict[str, Any], talk: str, exchange: Exchange, pointer: str) -> Record:
    context = exchange.context
    folder = _folder(context["folders"], *(_OF_GROUPS if "-group" in context["member"] else _OF_TWO))
    files = [urlsplit(url).path.rpartition("/")[2] for url in message.get("mediaUrls") or []]
    return Record(
        record_id=f"x:messages/{message['id']}",
        kind="message",
        native_id=message["id"],
        pointer=pointer,
        root_id=f"x:conversations/{talk}",
        author_id=message["senderId"],
        author_is_account=message["senderId"] == context["account"],
        text=message["text"],
        published_at=read_time(message["createdAt"], exchange, f"{pointer}/createdAt"),
        links=[url["expanded"] for url in message.get("urls") or []],
        media=[
            Media(
                file,
                "video" if file.endswith(".mp4") else "image",
                f"{folder}/{message['id']}-{file}",
                position=place,
            )
            for place, file in enumerate(files, 1)
        ],
        leftover=tuple(
            sorted(f"message.{name}" for name, told in message.items() if told and name not in _OF_MESSAGES)
        ),
    )
