"""Which fields of each thing Vimeo is asked for: it allows more requests where they are named."""

from __future__ import annotations

_USER = "user.uri,user.name,user.link"
_PICTURE = "pictures.uri,pictures.type,pictures.sizes.link,pictures.sizes.width,pictures.sizes.height"
_OF_FILE = ("quality", "type", "link", "width", "height", "size")
PROFILE = f"uri,name,link,location,bio,short_bio,websites,{_PICTURE},preferences.videos.privacy.comments,metadata.connections.block.total"
VIDEOS = (
    f"uri,name,description,link,language,type,status,duration,width,height,created_time,modified_time,privacy.view,privacy.comments,"
    f"tags.name,stats.plays,{_USER},{_PICTURE},metadata.connections.comments.total,metadata.connections.likes.total,"
    "metadata.connections.texttracks.total,metadata.connections.versions.current_uri,"
    + ",".join(f"{where}.{name}" for where in ("download", "files") for name in _OF_FILE)
)
COUNTED = "uri,created_time,metadata.connections.comments.total"
COMMENTS = f"uri,text,created_on,link,{_USER},metadata.connections.replies.total,metadata.connections.user.uri"
TRACKS = "uri,active,language,name,type,link"
ALBUMS = f"uri,name,description,link,created_time,modified_time,privacy.view,{_USER}"
EVENTS = f"uri,title,stream_description,schedule,link,created_time,stream_privacy.view,{_USER},{_PICTURE}"
