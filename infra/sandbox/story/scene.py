"""Play the scenes of the story, which are lists of steps in YAML.

A scene file has `where` (the place of its steps), `at` (their moment in act 1), `texts` (by name), and the
steps of its acts, `first` and `second`. A step is a mapping. Its first key is a verb of VERBS with the main
argument; the others are the verb's further arguments. Any step may also have `name`, by which other steps,
act 2, and tests find the post ("album" is "<place>:album", ":poll" is "poll"), and `as`, a name within the
scene only.

- accounts: a person's name, `us` for the district's account of the place, or a key with a slash
- posts: a name; `said[6]` and `said[-1]` are members of a list that a step made with `as: said`
- moments: `+1h4m` from the scene's moment, `-2d` or `start +9d` from the start of the story, `closure +2h`
  from a post, `@13:40` sets the time of day; without one, act 1 takes the scene's moment, act 2 the clock's
- texts: `{ice}` is a shared text, a text of the scene, the place ({where}), or a variable of a loop
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.sandbox.model import Album, Card, Photo, Poll, Post, Video
from infra.sandbox.network import Network
from infra.sandbox.story.cast import AGENCY, SPEAKERS, handle, illustrate
from infra.sandbox.story.chatter import converse, draw, quarrel
from infra.sandbox.story.moments import change_moment, parse_span, split_moment
from infra.sandbox.story.texts import SHARED, read_yaml

_MEMBER = re.compile(r"(.+)\[(-?\d+|\w+)\]")
_KEYS = {"where", "at", "texts", "first", "second"}
Step = Mapping[str, Any]


class StoryError(ValueError):
    """A step cannot be played; the message names its file and number."""


def play_scene(network: Network, name: str, act: str) -> None:
    """Play one act, `first` or `second`, of the scene <name>.yaml."""
    content = read_yaml(name)
    if unknown := content.keys() - _KEYS:
        raise StoryError(f"{name}.yaml: {', '.join(sorted(unknown))} is none of {', '.join(sorted(_KEYS))}")
    variables = {**SHARED, **content.get("texts", {}), "where": content.get("where", "")}
    scene = Scene(network, f"{name}.yaml, {act}", variables)
    if act == "first":
        scene.base = scene.moment(content.get("at", "start"))
    scene.play(content[act])


@dataclass
class Scene:
    """The state in which the steps of a scene are played."""

    network: Network
    source: str  # file and act, or the step around these; for errors
    variables: Mapping[str, Any]  # texts, the place, and those of loops
    base: datetime | None = None  # the moment of the steps; None: the clock's
    made: dict[str, Any] = field(default_factory=dict)  # results of steps with `as`

    @property
    def where(self) -> str:
        """The place of the steps."""
        return str(self.variables["where"])

    def play(self, steps: Sequence[Step]) -> None:
        """Play steps in their order; raise StoryError for a wrong one."""
        for number, step in enumerate(steps, 1):
            source = f"{self.source}, step {number}"
            try:
                self._play_step(step, source)
            except StoryError:
                raise
            except (KeyError, IndexError, TypeError, ValueError) as error:
                raise StoryError(f"{source}: {type(error).__name__}: {error}") from error

    def _play_step(self, step: Step, source: str) -> None:
        if "steps" in step:
            self._play_group(step, source)
            return
        verb, main = next(iter(step.items()))
        if verb not in VERBS:
            raise StoryError(f"{source}: {verb} is none of {', '.join(sorted(VERBS))}")
        given = {key: self._fill(value) for key, value in step.items() if key not in ("as", "name", verb)}
        if "at" in inspect.signature(VERBS[verb]).parameters:
            given["at"] = self.moment(given["at"]) if "at" in given else self.base
        made = VERBS[verb](self, self._fill(main), **given)
        if "as" in step:
            self.made[step["as"]] = made
        if "name" in step:
            self.network.name(self._name(self._fill(step["name"])), made)

    def _play_group(self, step: Step, source: str) -> None:
        """Play the steps of a group, perhaps in other places or at another moment.

        for: `agency`, a list of places, or a list of mappings of variables; the steps are played for each.
        only: the places in which the steps happen.
        """
        if unknown := step.keys() - {"for", "only", "where", "at", "steps"}:
            raise StoryError(f"{source}: a group of steps has no {', '.join(sorted(unknown))}")
        members = list(AGENCY) if step.get("for") == "agency" else step.get("for", [{}])
        for member in members:
            own = {"where": member} if isinstance(member, str) else member
            own = own | ({"where": step["where"]} if "where" in step else {})
            inner = Scene(self.network, source, {**self.variables, **own}, self.base, self.made)
            if "only" in step and inner.where not in step["only"]:
                continue
            if "at" in step:
                inner.base = inner.moment(inner._fill(step["at"]))
            inner.play(step["steps"])

    # -- values -----------------------------------------------------------------------------------

    def _fill(self, value: Any) -> Any:
        """Put texts and variables into all strings of a value."""
        if isinstance(value, str):
            if found := re.fullmatch(r"\{(\w+)\}", value):
                return self.variables[found[1]]
            return value.format_map(self.variables) if "{" in value else value
        if isinstance(value, dict):
            return {key: self._fill(one) for key, one in value.items()}
        return [self._fill(one) for one in value] if isinstance(value, list) else value

    def moment(self, text: str) -> datetime:
        """Return the instant of a moment in words."""
        anchor, changes = split_moment(text)
        if anchor and anchor != "start":
            return change_moment(self.post(anchor).created, changes)
        if not anchor and self.base is not None and text.startswith("+"):
            return change_moment(self.base, changes)
        return change_moment(self.network.start, changes)

    def account(self, name: str) -> str:
        """Return the key of an account."""
        if name == "us":
            return SPEAKERS[self.where]
        return name if "/" in name else handle(self.where, name)

    def _name(self, name: str) -> str:
        return name.removeprefix(":") if name.startswith(":") else f"{self.where}:{name}"

    def post(self, name: str) -> Post:
        """Return the post or message of a name."""
        if member := _MEMBER.fullmatch(name):
            return self._member(self.made[member[1]], member[2])
        found = self.made[name] if name in self.made else self.network.named(self._name(name))
        if not isinstance(found, Post):
            raise ValueError(f"{name} is no post")
        return found

    def _member(self, posts: list[Post], which: str) -> Post:
        """Return one post of a list by its index, or by a word.

        direct: the first reply to the root post.
        loud: the first with one or two replies, which is not the one that is moderated, index 6.
        """
        if which == "direct":
            return next(one for one in posts if one.parent == one.root)
        if which == "loud":
            return next(one for one in posts if one is not posts[6] and 1 <= self._count_replies(one) <= 2)
        return posts[int(which)]

    def _count_replies(self, post: Post) -> int:
        return sum(1 + self._count_replies(reply) for reply in self.network.children[post.key])

    def _photos(self, photos: Any) -> list[Photo]:
        """Return photos from a list of mappings, or by the name of an earlier step.

        Instead of a list, one mapping with `count`; "#" in its `alt` stands for the number of the photo.
        """
        if isinstance(photos, str):
            found: list[Photo] = self.made[photos]
            return found
        if isinstance(photos, dict):
            count, more = photos["count"], {key: photos[key] for key in photos if key not in ("count", "alt")}
            photos = [
                {"alt": photos["alt"].replace("#", str(number)), **more} for number in range(1, count + 1)
            ]
        return [self.network.photo(self.where, **one) for one in photos]

    def _video(self, video: Mapping[str, Any]) -> Video:
        times = ("scheduled", "started", "ended")
        moments: dict[str, Any] = {key: self.moment(video[key]) for key in times if key in video}
        return Video(**{**video, **moments})

    # -- verbs ------------------------------------------------------------------------------------

    def publish(
        self,
        text: str,
        *,
        at: datetime | None,
        by: str = "us",
        photos: Any = (),
        written: str = "",
        poll: Mapping[str, Any] | None = None,
        video: Mapping[str, Any] | None = None,
        event: Mapping[str, Any] | None = None,
        paper: Mapping[str, Any] | None = None,
        card: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Post:
        """Publish a post.

        written: the text of a card where a post needs a photo.
        more: fields of a Post.
        """
        network, shown = self.network, self._photos(photos)
        if written:
            shown = illustrate(network, self.where, shown, written)
        if poll:
            more["poll"] = Poll(**{**poll, "ends": self.moment(poll["ends"])})
        if video:
            more["video"] = self._video(video)
        if event:
            times = {key: self.moment(event[key]) for key in ("starts", "ends") if key in event}
            more["event"] = network.event(self.where, **{**event, **times})
        if paper:
            more["paper"] = network.paper(self.where, **paper)
        if card:
            more["card"] = Card(**card)
        if "quote" in more:
            more["quote"] = self.post(more["quote"])
        if "wall" in more:
            more["wall"] = self.account(more["wall"])
        if "album" in more:
            more["album"] = self.made[more["album"]].key
        return network.publish(self.account(by), text, at=at, photos=shown, **more)

    def comment(
        self,
        text: str,
        *,
        below: str,
        at: datetime | None,
        by: str = "us",
        photos: Any = (),
        photo: int | None = None,
    ) -> Post:
        """Comment on a post; `photo`: the number of the photo to which it replies."""
        parent = self.post(below)
        more = {"beside": parent.now.photos[photo - 1].number} if photo else {}
        return self.network.comment(
            self.account(by), parent, text, at=at, photos=self._photos(photos), **more
        )

    def replies(
        self, texts: list[str], *, below: str, by: list[str], every: str, at: datetime, likes_below: int = 0
    ) -> list[Post]:
        """Reply to a comment several times, by each author in turn.

        likes_below: the likes are drawn from the text, below this number.
        """
        comment, span, made = self.post(below), parse_span(every), []
        for number, text in enumerate(texts):
            author, moment = self.account(by[number % len(by)]), at + span * (number + 1)
            made.append(self.network.comment(author, comment, text, at=moment))
            made[-1].likes = draw(text) % likes_below if likes_below else 0
        return made

    def messages(self, texts: list[str], *, by: str, every: str, at: datetime) -> list[Post]:
        """Exchange private messages with the district's account in turns."""
        pair, made = (self.account(by), self.account("us")), list[Post]()
        for number, text in enumerate(texts):
            who, whom = pair if number % 2 == 0 else pair[::-1]
            last, moment = made[-1] if made else None, at + parse_span(every) * number
            made.append(self.network.message(who, whom, text, answers=last, at=moment))
        return made

    def message(self, text: str, *, by: str, at: datetime | None) -> Post:
        """Send a private message to the district's account."""
        return self.network.message(self.account(by), self.account("us"), text, at=at)

    def repost(self, name: str, *, at: datetime | None, by: str = "us") -> Post:
        """Share a post without a text of one's own."""
        return self.network.repost(self.account(by), self.post(name), at=at)

    def edit(
        self, name: str, *, at: datetime | None, text: str | None = None, title: str | None = None
    ) -> Post:
        """Change the text, the title, or both."""
        return self.network.edit(self.post(name), text, title=title, at=at)

    def caption(
        self,
        name: str,
        *,
        language: str,
        text: str,
        at: datetime | None,
        title: str = "",
        automatic: bool = False,
    ) -> None:
        """Add or replace a caption track of a video."""
        self.network.caption(self.post(name), language, text, name=title, automatic=automatic, at=at)

    def change_event(self, name: str, *, starts: str, ends: str, at: datetime | None) -> Post:
        """Move the event that a post announces; the spans count from its start."""
        post = self.post(name)
        if post.event is None:
            raise ValueError(f"{name} announces no event")
        begin = post.event.starts
        moved = {"starts": begin + parse_span(starts), "ends": begin + parse_span(ends)}
        return self.network.change_event(post, at=at, **moved)

    def album(self, name: str, *, at: datetime | None, **more: str) -> Album:
        """Make an album, which posts then name by its `as`."""
        return self.network.album(self.account("us"), name, at=at, **more)

    def cards(self, text: str) -> list[Photo]:
        """Make the card with a text that a later post shows where it needs a photo."""
        return illustrate(self.network, self.where, [], text)

    def call(self, name: str) -> Post:
        """Give a `name` to a post that has none."""
        return self.post(name)

    def converse(self, name: str, *, until: str) -> None:
        """Let people have an ordinary conversation below a post."""
        converse(self.network, self.post(name), self.moment(until))

    def quarrel(self, name: str, *, count: int, until: str) -> list[Post]:
        """Let people have a heated conversation below a post."""
        return quarrel(self.network, self.post(name), count, self.moment(until))

    def label(self, name: str, *, labels: list[str]) -> Post:
        """Put labels on a post."""
        return self.network.label(self.post(name), *labels)

    def block(self, name: str, *, by: str) -> None:
        """Let one account block another."""
        self.network.block(self.account(by), self.account(name))

    def unpublish(self, name: str) -> None:
        """Make an account private."""
        self.network.unpublish(self.account(name))

    def rename(self, account: str, *, to: str, handle: str | None = None) -> None:
        """Give an account another display name, and perhaps another handle."""
        self.network.rename(self.account(account), handle=handle, name=to)

    def describe(self, account: str, *, text: str) -> None:
        """Change the description of an account."""
        self.network.accounts[self.account(account)].about = text


def _moderation(verb: str) -> Callable[..., Post]:
    def moderate(scene: Scene, name: str, *, at: datetime | None) -> Post:
        done: Post = getattr(scene.network, verb)(scene.post(name), at=at)
        return done

    return moderate


_WRITING = (
    *("publish", "comment", "replies", "message", "messages", "repost", "edit", "caption"),
    *("change_event", "album", "cards", "call", "converse", "quarrel"),
)
_MODERATION = ("hide", "hold", "spam", "trash", "remove", "restore")  # see moderation.py
_ACCOUNTS = ("label", "block", "unpublish", "rename", "describe")
VERBS: Mapping[str, Callable[..., Any]] = {
    **{verb: getattr(Scene, verb) for verb in (*_WRITING, *_ACCOUNTS)},
    **{verb: _moderation(verb) for verb in _MODERATION},
}
