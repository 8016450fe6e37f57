"""The elements of feeds and entries, by feedparser's names.

Some are read, others are ignored for the reasons given here.
"""

from __future__ import annotations

from collections.abc import Mapping

from recordroom.platforms.context import Context
from recordroom.platforms.html_text import ignore_fields


class FeedContext(Context, total=False):
    """Keys of exchanges with feeds.

    validator: ETag and Last-Modified of the response are sent with the next request.
    held: the archive holds entries of the feed.
    apart: entries that are identified by their complete text (entry_ids.py).
    further: the page is not the first one.
    passed: native IDs of its entries that a newer page shows.
    """

    held: bool
    apart: list[str]
    further: bool
    passed: list[str]


ENTRY_READ = frozenset(
    ("author", "author_detail", "authors", "content", "href", "id", "image", "link", "links",
     "media_content", "media_thumbnail", "published", "subtitle", "subtitle_detail", "summary",
     "summary_detail", "tags", "thr_in-reply-to", "title", "title_detail", "updated")
)  # fmt: skip
ENTRY_IGNORED = (
    ignore_fields(
        "read from the text, which shows a missing zone",
        "published_parsed updated_parsed created_parsed expired_parsed",
    )
    | ignore_fields(
        "said by another field",
        "guidislink rights_detail publisher_detail source app_edited feedburner_origlink",
    )
    | ignore_fields(
        "where comments are; a comments feed is an account of its own", "comments wfw_commentrss wfw_comment"
    )
    | ignore_fields(
        "a number of comments that this feed does not show", "slash_comments thr_total slash_section"
    )
    | ignore_fields(
        "about a picture, not the entry", "gd_image media_credit media_rating media_restriction credit"
    )
    | ignore_fields(
        "about a podcast's file",
        "itunes_title itunes_duration itunes_episode itunes_episodetype itunes_season itunes_explicit",
    )
    | ignore_fields(
        "labels for machines",
        "itunes_block itunes_keywords post-id language georss_featurename xml_lang dc_type",
    )
    | ignore_fields("said by the link", "yt_videoid yt_channelid")
    | ignore_fields(
        "how others like it, as YouTube's feeds say", "media_community media_starrating media_statistics"
    )
    | ignore_fields("no words of the entry", "rights license publisher contributors expired created")
)
FEED_READ = frozenset(
    (
        "id",
        "image",
        "language",
        "link",
        "links",
        "subtitle",
        "subtitle_detail",
        "title",
        "title_detail",
        "icon",
        "logo",
        "media_thumbnail",
    )
)
FEED_IGNORED = (
    ignore_fields("moves with every entry", "updated updated_parsed published published_parsed")
    | ignore_fields(
        "how the feed is made and read",
        "generator generator_detail docs cloud ttl sy_updateperiod sy_updatefrequency sy_updatebase",
    )
    | ignore_fields(
        "how the feed is made and read",
        "skiphours skipdays hour day textinput errorreportsto guidislink href xmlns site admin_generatoragent"
        " admin_errorreportsto feedburner_info feedburner_emailserviceid feedburner_feedburnerhostname"
        " dc_source dc_type yt_channelid yt_playlistid",
    )
    | ignore_fields(
        "the list of entries",
        "entries rdf_li rdf_seq opensearch_totalresults opensearch_startindex opensearch_itemsperpage",
    )
    | ignore_fields(
        "said by the entries",
        "author author_detail authors publisher publisher_detail gd_image rights rights_detail"
        " media_copyright",
    )
    | ignore_fields(
        "labels",
        "tags rating itunes_explicit itunes_type itunes_block itunes_complete itunes_new-feed-url summary"
        " summary_detail",
    )
)
ENTRY_KNOWN, FEED_KNOWN = ENTRY_READ | ENTRY_IGNORED.keys(), FEED_READ | FEED_IGNORED.keys()
_TYPES: Mapping[type, str] = {
    list: "authors content links media_content media_thumbnail tags",
    dict: "author_detail image subtitle_detail summary_detail title_detail",
    str: "author href icon id language link logo published subtitle summary title updated",
}
# The type of each of feedparser's own parts: an element of the same name (<links>) takes its place.
PART_TYPES = {name: kind for kind, names in _TYPES.items() for name in names.split()}
