"""The names that feedparser gives to the elements of an entry and of the feed itself: which are read, and
which are not, and why.
"""

from __future__ import annotations

from collections.abc import Mapping

from recordroom.platforms.html_text import because

READ = frozenset(
    ("author", "author_detail", "authors", "content", "href", "id", "image", "link", "links", "media_content", "media_thumbnail",
     "published", "subtitle", "subtitle_detail", "summary", "summary_detail", "tags", "thr_in-reply-to",
     "title", "title_detail", "updated")
)  # fmt: skip
IGNORED = (
    because(
        "read from the text, which shows a missing zone",
        "published_parsed updated_parsed created_parsed expired_parsed",
    )
    | because(
        "said by another field",
        "guidislink rights_detail publisher_detail source app_edited feedburner_origlink",
    )
    | because(
        "where comments are; a comments feed is an account of its own", "comments wfw_commentrss wfw_comment"
    )
    | because("a number of comments that this feed does not show", "slash_comments thr_total slash_section")
    | because("about a picture, not the entry", "gd_image media_credit media_rating media_restriction credit")
    | because(
        "about a podcast's file",
        "itunes_title itunes_duration itunes_episode itunes_episodetype itunes_season itunes_explicit",
    )
    | because(
        "labels for machines",
        "itunes_block itunes_keywords post-id language georss_featurename xml_lang dc_type",
    )
    | because("said by the link", "yt_videoid yt_channelid")
    | because(
        "how others like it, as YouTube's feeds say", "media_community media_starrating media_statistics"
    )
    | because("no words of the entry", "rights license publisher contributors expired created")
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
    because("moves with every entry", "updated updated_parsed published published_parsed")
    | because(
        "how the feed is made and read",
        "generator generator_detail docs cloud ttl sy_updateperiod sy_updatefrequency sy_updatebase",
    )
    | because(
        "how the feed is made and read",
        "skiphours skipdays hour day textinput errorreportsto guidislink href xmlns site admin_generatoragent"
        " admin_errorreportsto feedburner_info feedburner_emailserviceid feedburner_feedburnerhostname"
        " dc_source dc_type yt_channelid yt_playlistid",
    )
    | because(
        "the list of entries",
        "entries rdf_li rdf_seq opensearch_totalresults opensearch_startindex opensearch_itemsperpage",
    )
    | because(
        "said by the entries",
        "author author_detail authors publisher publisher_detail gd_image rights rights_detail"
        " media_copyright",
    )
    | because(
        "labels",
        "tags rating itunes_explicit itunes_type itunes_block itunes_complete itunes_new-feed-url summary"
        " summary_detail",
    )
)
KNOWN, FEED_KNOWN = READ | IGNORED.keys(), FEED_READ | FEED_IGNORED.keys()
_KINDS: Mapping[type, str] = {
    list: "authors content links media_content media_thumbnail tags",
    dict: "author_detail image subtitle_detail summary_detail title_detail",
    str: "author href icon id language link logo published subtitle summary title updated",
}
PARTS = {
    name: kind for kind, names in _KINDS.items() for name in names.split()
}  # an element of that name (<links>) takes its place
