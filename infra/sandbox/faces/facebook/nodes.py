"""All nodes that one token sees."""

from infra.sandbox.faces.facebook.access import Access
from infra.sandbox.faces.facebook.attachments import Attachments
from infra.sandbox.faces.facebook.feedback import Feedback
from infra.sandbox.faces.facebook.inbox import Inbox
from infra.sandbox.faces.facebook.lists import Lists
from infra.sandbox.faces.facebook.media import Media
from infra.sandbox.faces.facebook.posts import Posts
from infra.sandbox.faces.facebook.profiles import Edges, Profiles
from infra.sandbox.model import Account


class Nodes:
    """The nodes that one token sees. Created for each request."""

    def __init__(self, access: Access) -> None:
        self.access = access
        attachments = Attachments(access)
        self.profiles = Profiles(access, self.edges_of)
        self.feedback = Feedback(access, self.profiles, attachments)
        self.media = Media(access, self.profiles, self.feedback)
        self.posts = Posts(access, self.profiles, self.feedback, attachments, self.media)
        self.inbox = Inbox(access)
        self.lists = Lists(access, self.profiles, self.posts, self.media, self.inbox)

    def edges_of(self, account: Account) -> Edges:
        """Return the edges of a profile.

        The lists are made after the profiles: the items of an edge have profiles as their authors.
        """
        return self.lists.edges(account)
