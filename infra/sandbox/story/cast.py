"""Who is there: a made-up service district in Washington, its editors, and the people who answer it. All
names are invented.
"""

from datetime import timedelta

from infra.sandbox.model import Photo
from infra.sandbox.network import Network

DISTRICT = "Cascade Valley Educational Service District"
ABOUT = (
    "Official account of the Cascade Valley Educational Service District. Posts and comments are public"
    " records."
)
SITE, NEWS, SKY, MASTODON, FACEBOOK = "wordpress/district", "feed/news", "bluesky", "mastodon", "facebook"
INSTAGRAM, THREADS, LINKEDIN, TUBE, VIMEO, X = "instagram", "threads", "linkedin", "youtube", "vimeo", "x"
TIKTOK = "tiktok"
EDITOR, ATHLETICS = f"{SITE}/tbrandvold", "wordpress/athletics/coach"
DESK = f"{NEWS}/desk"
SKY_DISTRICT, MASTODON_DISTRICT = f"{SKY}/cascadevalley.test", f"{MASTODON}/cascadevalley"
FACEBOOK_DISTRICT, FACEBOOK_RECORDS = f"{FACEBOOK}/cascadevalley", f"{FACEBOOK}/records"
LINKEDIN_DISTRICT, LINKEDIN_ADMIN = f"{LINKEDIN}/cascadevalleyesd", f"{LINKEDIN}/tbrandvold"
INSTAGRAM_DISTRICT, THREADS_DISTRICT = f"{INSTAGRAM}/cascadevalleyesd", f"{THREADS}/cascadevalleyesd"
CHANNEL, X_DISTRICT = f"{TUBE}/cascadevalley", f"{X}/cascadevalley"
AGENCY = {  # who announces everything for the district where
    SITE: EDITOR,
    NEWS: DESK,
    SKY: SKY_DISTRICT,
    MASTODON: MASTODON_DISTRICT,
    FACEBOOK: FACEBOOK_DISTRICT,
    INSTAGRAM: INSTAGRAM_DISTRICT,
    LINKEDIN: LINKEDIN_DISTRICT,
    THREADS: THREADS_DISTRICT,
    X: X_DISTRICT,
}
STUDIO, TIKTOK_DISTRICT = f"{VIMEO}/cascadevalley", f"{TIKTOK}/cascadevalley"
SPEAKERS = {**AGENCY, TUBE: CHANNEL, VIMEO: STUDIO, TIKTOK: TIKTOK_DISTRICT}  # who answers for it where
PEOPLE = {  # name: the same person's handle
    "Mira Okonjo": "mira",
    "Jonas Feldt": "jonasfeldt",
    "Lucía Barrientos": "luciab",
    "Priya Venkataraman": "priyav",
    "Sam Tillicum-Hayes": "samth",
    "Otter Bend PTA": "otterbendpta",
    "Wendell Arkwright": "wendell",
    "Noor Haddad": "noorh",
    "Bus 14 Dad": "bus14dad",
    "Grandma Ingrid": "ingrid",
}
LOCAL = ("otterbendpta", "wendell")  # on the district's own Mastodon server; the others write from elsewhere
WORDPRESS_SECRET, MASTODON_SECRET, SKY_SECRET = (
    "sandboxWordPressPassword",
    "sandbox-mastodon-token",
    "sand-boxb-lues-kyap",
)
FACEBOOK_SECRET, FACEBOOK_SYSTEM_SECRET = "sandboxFacebookPageToken", "sandboxFacebookSystemUserToken"
LINKEDIN_SECRET, LINKEDIN_REFRESH, LINKEDIN_APP = (
    "sandboxLinkedInToken",
    "sandboxLinkedInRefresh",
    "sandboxLinkedInClientSecret",
)
LINKEDIN_CLIENT = "sandboxLinkedInClient"
INSTAGRAM_SECRET, THREADS_SECRET, VIMEO_SECRET = (
    "sandboxInstagramToken",
    "sandboxThreadsToken",
    "sandbox-vimeo-token",
)
USER = "tbrandvold"
X_BEARER, X_SECRET, X_REFRESH = (
    "sandbox-x-bearer",
    "sandbox-x-token",
    "sandbox-x-refresh",
)  # the first is the application's
X_CLIENT, X_APP = "sandbox-x-client", "sandbox-x-client-secret"
TIKTOK_SECRET, TIKTOK_REFRESH, TIKTOK_DISPLAY = (
    "sandbox-tiktok-token",
    "sandbox-tiktok-refresh",
    "sandbox-tiktok-display",
)
TIKTOK_CLIENT, TIKTOK_APP = "sandbox-tiktok-client", "sandbox-tiktok-client-secret"
YOUTUBE_KEY, YOUTUBE_SECRET = (
    "sandbox-youtube-key",
    "sandbox-youtube-token",
)  # the first is anybody's, the second the channel's consent


def handle(where: str, name: str) -> str:
    """A person's account in a place."""
    short = PEOPLE[name]
    if where == SKY:
        return f"{SKY}/{short}.test"
    if where == MASTODON:
        return f"{MASTODON}/{short}" + ("" if short in LOCAL else "@harborlight.test")
    return f"{where}/{short}"


def illustrated(network: Network, where: str, photos: list[Photo], title: str) -> list[Photo]:
    """Instagram publishes nothing without a picture: there, what has none is written on a card."""
    return photos or (
        [network.photo(where, f"White letters on blue: {title}", seed=title)] if where == INSTAGRAM else []
    )


def gather(network: Network) -> None:
    """Places, accounts and their tokens."""
    network.place(SITE, DISTRICT, tagline="News for families & staff", host="www.cascadevalley.test")
    network.place(
        "wordpress/athletics",
        "Larkspur Ridge Athletics",
        tagline="Go Herons",
        host="athletics.cascadevalley.test",
    )
    network.place(
        NEWS, "Cascade Valley Newsroom", tagline="News of the district", host="news.cascadevalley.test"
    )
    network.place(SKY, "Bluesky", host="cascadevalley.test")
    network.place(
        MASTODON, "Cascade Valley Social", tagline="A server for the valley", host="social.cascadevalley.test"
    )
    network.place(FACEBOOK, "Facebook", host="www.facebook.com")
    network.place(INSTAGRAM, "Instagram", host="www.instagram.com")
    network.place(LINKEDIN, "LinkedIn", host="www.linkedin.com")
    network.place(THREADS, "Threads", host="www.threads.com")
    network.place(TUBE, "YouTube", host="www.youtube.com")
    network.place(X, "X", host="x.com")
    network.place(VIMEO, "Vimeo", host="vimeo.com")
    network.place(TIKTOK, "TikTok", host="www.tiktok.com")
    network.account(EDITOR, "Theo Brandvold", staff=True, about="Communications")
    network.account(f"{SITE}/iharlow", "Imogen Harlow", staff=True, about="Superintendent")
    network.account(ATHLETICS, "Coach Delacroix", staff=True)
    network.account(DESK, "Newsroom", staff=True)
    network.account(SKY_DISTRICT, DISTRICT, staff=True, about=ABOUT)
    network.account(MASTODON_DISTRICT, DISTRICT, staff=True, about=f"{ABOUT} https://www.cascadevalley.test")
    network.account(FACEBOOK_DISTRICT, DISTRICT, staff=True, about=ABOUT, linked=INSTAGRAM_DISTRICT)
    network.account(
        FACEBOOK_RECORDS,
        "Records",
        about="A system user, which is bound to no person",
        manages=[FACEBOOK_DISTRICT],
    )
    network.account(INSTAGRAM_DISTRICT, DISTRICT, staff=True, about=ABOUT)
    network.account(LINKEDIN_DISTRICT, DISTRICT, staff=True, about=ABOUT)
    network.account(LINKEDIN_ADMIN, "Theo Brandvold", manages=[LINKEDIN_DISTRICT])
    network.account(THREADS_DISTRICT, DISTRICT, staff=True, about=ABOUT)
    network.account(CHANNEL, DISTRICT, staff=True, about=f"{ABOUT} Board meetings are shown live.")
    network.account(X_DISTRICT, DISTRICT, staff=True, about=ABOUT)
    network.account(STUDIO, DISTRICT, staff=True, about=ABOUT)
    network.account(TIKTOK_DISTRICT, DISTRICT, staff=True, about=ABOUT)
    for where in (SITE, SKY, MASTODON, FACEBOOK, INSTAGRAM, THREADS, LINKEDIN, TUBE, VIMEO, X, TIKTOK):
        for name in PEOPLE:
            network.account(handle(where, name), name)
    _grant(network)


def _grant(network: Network) -> None:
    network.grant(SITE, WORDPRESS_SECRET, EDITOR, user=USER)
    network.grant(
        SKY, SKY_SECRET, SKY_DISTRICT, kind="password"
    )  # without access to private messages, which nobody may send there
    network.grant(MASTODON, MASTODON_SECRET, MASTODON_DISTRICT, scopes=["read"])
    may = ["pages_show_list", "pages_read_engagement", "pages_read_user_content", "pages_messaging"]
    network.grant(FACEBOOK, FACEBOOK_SYSTEM_SECRET, FACEBOOK_RECORDS, kind="system", scopes=may)
    network.grant(
        FACEBOOK, FACEBOOK_SECRET, FACEBOOK_DISTRICT, kind="page", scopes=may, parent=FACEBOOK_SYSTEM_SECRET
    )
    business = [f"instagram_business_{what}" for what in ("basic", "manage_comments", "manage_messages")]
    ends = network.start + timedelta(days=60)
    network.grant(
        INSTAGRAM, INSTAGRAM_SECRET, INSTAGRAM_DISTRICT, kind="instagram", scopes=business, expires=ends
    )
    scopes = ["r_organization_social", "r_organization_social_feed", "rw_organization_admin", "r_events"]
    network.grant(LINKEDIN, LINKEDIN_APP, "", kind="app", user=LINKEDIN_CLIENT)
    network.grant(
        LINKEDIN,
        LINKEDIN_REFRESH,
        LINKEDIN_ADMIN,
        kind="refresh",
        scopes=scopes,
        expires=network.start + timedelta(days=365),
    )
    network.grant(LINKEDIN, LINKEDIN_SECRET, LINKEDIN_ADMIN, scopes=scopes, expires=ends)
    may = [f"threads_{what}" for what in ("basic", "read_replies", "manage_mentions", "manage_insights")]
    network.grant(THREADS, THREADS_SECRET, THREADS_DISTRICT, kind="threads", scopes=may, expires=ends)
    network.grant(TUBE, YOUTUBE_KEY, "")
    network.grant(TUBE, YOUTUBE_SECRET, CHANNEL, scopes=["https://www.googleapis.com/auth/youtube.force-ssl"])
    network.grant(VIMEO, VIMEO_SECRET, STUDIO, scopes=["public", "private", "video_files"])
    network.grant(X, X_APP, "", kind="app", user=X_CLIENT)
    network.grant(X, X_BEARER, "")
    consent = ["tweet.read", "users.read", "offline.access", "dm.read", "block.read", "mute.read"]
    network.grant(
        X, X_REFRESH, X_DISTRICT, kind="refresh", scopes=consent, expires=network.start + timedelta(days=180)
    )
    network.grant(X, X_SECRET, X_DISTRICT, scopes=consent, expires=network.start + timedelta(hours=2))
    _grant_tiktok(network)


def _grant_tiktok(network: Network) -> None:
    """For the account's holder, and for an application that only shows videos."""
    shown = ["user.info.basic", "user.info.username", "user.info.profile", "user.info.stats", "video.list"]
    consent = [*shown, "video.insights", "comment.list"]
    network.grant(TIKTOK, TIKTOK_APP, "", kind="app", user=TIKTOK_CLIENT)
    network.grant(TIKTOK, TIKTOK_SECRET, TIKTOK_DISTRICT, scopes=consent)
    network.grant(
        TIKTOK,
        TIKTOK_REFRESH,
        TIKTOK_DISTRICT,
        kind="refresh",
        scopes=consent,
        expires=network.start + timedelta(days=365),
    )
    network.grant(TIKTOK, TIKTOK_DISPLAY, TIKTOK_DISTRICT, kind="display", scopes=shown)
