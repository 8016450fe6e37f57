"""The shapes of Meta's answers that the package facebook-business does not give, or gives as a mere Object or
list.

Each table names the reference pages that it was written from; `DOCS` stands for their common address.
"""

from collections.abc import Mapping, Sequence

from infra.sandbox.validation import threads_shapes

Types = Mapping[str, str]
CLASSES = {"Video": "AdVideo"}  # where the API's name of a node is not the package's
DOCS = "https://developers.facebook.com/docs/graph-api/reference"
SHAPES: dict[str, Types] = {
    # DOCS/story-attachment, /story-attachment-media, /story-attachment-target
    "StoryAttachment": {
        "description": "string",
        "description_tags": "list<EntityAtTextRange>",
        "media": "StoryAttachmentMedia",
        "media_type": "string",
        "target": "StoryAttachmentTarget",
        "title": "string",
        "type": "string",
        "unshimmed_url": "string",
        "url": "string",
    },
    "StoryAttachmentMedia": {"image": "StoryAttachmentImage", "source": "string"},
    "StoryAttachmentImage": {"height": "unsigned int", "src": "string", "width": "unsigned int"},
    "StoryAttachmentTarget": {"id": "string", "url": "string"},
    # DOCS/video-caption
    "VideoCaption": {
        "create_time": "datetime",
        "id": "string",
        "is_auto_generated": "bool",
        "is_default": "bool",
        "locale": "string",
        "locale_name": "string",
        "uri": "string",
    },
    # DOCS/object/reactions, /object/likes: a profile and what it thinks
    "Reaction": {"id": "string", "name": "string", "type": "string"},
    # DOCS/pagepost: structs
    "Shares": {"count": "unsigned int"},
    "MessageTag": {
        "id": "string",
        "length": "unsigned int",
        "name": "string",
        "offset": "unsigned int",
        "type": "string",
    },
    "Property": {"name": "string", "text": "string", "href": "string"},
    "Action": {"name": "string", "link": "string"},
    # the profile of an author: DOCS/user, /page
    "Author": {
        "id": "string",
        "name": "string",
        "picture": "Pictured",
        "username": "string",
        "link": "string",
        "category": "string",
    },
    # the photo or video that a comment answers: DOCS/comment
    "Subject": {"id": "string", "created_time": "datetime", "name": "string"},
    "Pictured": {"data": "ProfilePictureSource"},  # DOCS/page/picture
    # developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived,
    # .../threads/get-started/long-lived-tokens
    "LoginToken": {"access_token": "string", "expires_in": "unsigned int", "token_type": "string"},
    # developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
    "IGTraded": {"data": "list<IGShort>"},
    "IGShort": {"access_token": "string", "permissions": "string", "user_id": "string"},
    # DOCS/debug_token
    "Debugged": {"data": "DebugToken"},
    "DebugToken": {
        "app_id": "string",
        "application": "string",
        "data_access_expires_at": "unsigned int",
        "error": "Object",
        "expires_at": "unsigned int",
        "granular_scopes": "list<Object>",
        "is_valid": "bool",
        "issued_at": "unsigned int",
        "profile_id": "string",
        "scopes": "list<string>",
        "type": "string",
        "user_id": "string",
    },
    # DOCS/message, /message/attachments, /message/shares; a message with a photo among the test data of
    # sns-sdks/python-facebook
    "Message": {
        **dict.fromkeys(("id", "message", "sticker"), "string"),
        "created_time": "datetime",
        "from": "Participant",
        "is_unsupported": "bool",
        "reply_to": "MessageAnswered",
        "story": "MessageStory",
    },
    "Participant": dict.fromkeys(("id", "name", "email", "username"), "string"),
    "MessageAnswered": {"mid": "string", "is_self_reply": "bool"},
    "MessageAttachment": {
        **dict.fromkeys(("id", "file_url", "mime_type", "name"), "string"),
        "image_data": "MessageImage",
        "size": "unsigned int",
        "video_data": "MessageVideo",
    },
    "MessageImage": {
        **dict.fromkeys(("height", "image_type", "max_height", "max_width", "width"), "unsigned int"),
        **dict.fromkeys(("animated_gif_preview_url", "animated_gif_url", "preview_url", "url"), "string"),
        "render_as_sticker": "bool",
    },
    "MessageVideo": {
        **dict.fromkeys(("height", "length", "rotation", "video_type", "width"), "unsigned int"),
        **dict.fromkeys(("preview_url", "url"), "string"),
    },
    "MessageReaction": {"reaction": "string", "users": "list<Participant>"},
    "MessageShare": dict.fromkeys(("description", "id", "link", "name"), "string"),
    "MessageStory": {"mention": "MessageStoryLink", "reply_to": "MessageStoryLink"},
    "MessageStoryLink": dict.fromkeys(("id", "link"), "string"),
    "MessageTagName": {"name": "string"},
    **threads_shapes.SHAPES,
}
MORE: dict[str, Types] = {"Page": {"tasks": "list<string>"}}  # DOCS/user/accounts
REFINED = {  # what is only an Object or a list in the package
    "from": "Author",
    "owner": "Author",
    "attachment": "StoryAttachment",
    "shares": "Shares",
    "object": "Subject",
    "message_tags": "list<MessageTag>",
    "story_tags": "list<MessageTag>",
    "properties": "list<Property>",
    "actions": "list<Action>",
}
_TALK = {"comments": "Comment", "likes": "Reaction", "reactions": "Reaction"}
EDGES: dict[str, Mapping[str, str]] = {  # the reference page of each node
    "Page": {
        **dict.fromkeys(("feed", "posts", "published_posts", "visitor_posts", "tagged"), "PagePost"),
        **dict.fromkeys(("video_reels", "videos"), "Video"),
        "albums": "Album",
        "photos": "Photo",
        "events": "Event",
        "conversations": "UnifiedThread",
        "stories": "Stories",
        "blocked": "Profile",
    },
    "UnifiedThread": {"messages": "Message", "participants": "Participant", "senders": "Participant"},
    "Message": {
        "attachments": "MessageAttachment",
        "reactions": "MessageReaction",
        "shares": "MessageShare",
        "tags": "MessageTagName",
        "to": "Participant",
    },
    "PagePost": {**_TALK, "attachments": "StoryAttachment", "sharedposts": "PagePost", "to": "Profile"},
    "StoryAttachment": {"subattachments": "StoryAttachment"},
    "Comment": _TALK,
    "Photo": _TALK,
    "Album": {**_TALK, "photos": "Photo"},
    "Video": {**_TALK, "captions": "VideoCaption", "thumbnails": "VideoThumbnail"},
    "User": {"accounts": "Page", "permissions": "Permission"},
    **{
        f"IGUser{of}": {
            **dict.fromkeys(("media", "stories", "tags"), f"IGMedia{of}"),
            "conversations": "UnifiedThread",
        }
        for of in ("", "ForIGOnlyAPI")
    },
    **{f"IGMedia{of}": {"comments": "IGComment", "children": f"IGMedia{of}"} for of in ("", "ForIGOnlyAPI")},
    "IGComment": {"replies": "IGComment"},
    **threads_shapes.EDGES,
}
PICTURED = ("Page", "User", "Album")  # whose edge `picture` is one picture, not a list
DEFAULTS: dict[str, Sequence[str]] = {  # "Default" in the reference page of each node
    "Page": ("name", "id"),
    "User": ("name", "id"),
    "Profile": ("name", "id"),
    "Author": ("name", "id"),
    "PagePost": ("created_time", "message", "story", "id"),
    "Comment": ("created_time", "from", "message", "id"),
    "Subject": ("created_time", "name", "id"),
    "Photo": ("created_time", "name", "id"),
    "Album": ("created_time", "name", "id"),
    "Video": ("updated_time", "description", "id"),
    "Event": ("description", "end_time", "name", "place", "start_time", "id"),
    "Place": ("name", "location", "id"),
    "StoryAttachment": (
        "description",
        "description_tags",
        "media",
        "subattachments",
        "target",
        "title",
        "type",
        "url",
    ),
    "Reaction": ("id", "name", "type"),
    "VideoCaption": ("create_time", "locale", "locale_name", "uri", "is_default", "is_auto_generated", "id"),
    "VideoThumbnail": ("height", "scale", "uri", "width", "is_preferred", "id"),
    "Permission": ("permission", "status"),
    "Stories": ("post_id", "status", "creation_time", "media_type", "media_id", "url"),
    "UnifiedThread": ("id", "link", "updated_time"),  # Instagram tells no link
    "Message": ("id", "created_time"),
    "Participant": ("name", "email", "username", "id"),
    "MessageAttachment": ("id", "mime_type", "name", "size", "file_url", "image_data", "video_data"),
    "MessageReaction": ("reaction", "users"),
    "MessageShare": ("id", "name", "description", "link"),
    "MessageTagName": ("name",),
    **dict.fromkeys(("IGUser", "IGUserForIGOnlyAPI", "IGMedia", "IGMediaForIGOnlyAPI"), ("id",)),
    "IGComment": ("timestamp", "text", "id"),
    "IGCommentFromUser": ("id", "username"),
    **threads_shapes.DEFAULTS,
}
SUMMARIES: dict[str, Types] = {
    "comments": {"order": "string", "total_count": "unsigned int", "can_comment": "bool"},
    "reactions": {"total_count": "unsigned int", "viewer_reaction": "string"},
    "likes": {"total_count": "unsigned int", "can_like": "bool", "has_liked": "bool"},
}
WORDS = {  # enumerations that the reference pages give in their text, of a field or of that of one kind
    "status_type": {
        *(
            "mobile_status_update",
            "created_note",
            "added_photos",
            "added_video",
            "shared_story",
            "created_group",
            "created_event",
        ),
        *("wall_post", "app_created_story", "published_story", "tagged_in_photo", "approved_friend"),
    },
    "Stories.status": {"ARCHIVED", "PUBLISHED"},
    "order": {"chronological", "reverse_chronological", "ranked"},
    "media_type": {"album", "event", "link", "photo", "status", "video", "CAROUSEL_ALBUM", "IMAGE", "VIDEO"},
    "media_product_type": {"AD", "FEED", "STORY", "REELS"},
    **threads_shapes.WORDS,
}
