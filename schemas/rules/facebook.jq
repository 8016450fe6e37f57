# Facebook.

def html: empty;

# ---- Attachments ----

# An attachment has two names for what it is.
def kinds: [.media_type, .type] | join(" ");
def is_one_of($names): any(.media_type, .type; IN($names[]));

# Attachments whose title their author wrote. That of a photo or an album is the name of the Page.
def titled:
  ["video", "event", "note", "offer"]
  + if parser < 5 then [] else ["job_search_job_opening"] end
  + if parser < 6 then [] else ["visual_poll"] end;
# The same of the description. Titles and descriptions of all others are those of a linked web page.
def described: titled + ["photo", "album"];

# Facebook puts a redirect in front of an address. The signature of the redirect changes with each response.
def without_redirect:
  if . // "" | (host_of | endswith("l.facebook.com")) and test("^[^/?#]*//[^/?#]*/l\\.php(?:[?#]|$)")
  then query("u") // . else . end;

def address: (.unshimmed_url | given) // (.url | given) // .target.url | without_redirect;

def is_elsewhere:
  . // "" | host_of | . != "" and (test("(?:^|\\.)(?:facebook\\.com|fb\\.com|fb\\.watch)$") | not);

# A video on another site is a link. A video of Facebook's own may lead to another site, but has an ID.
def is_foreign_video:
  parser >= 4 and (kinds | contains("video")) and (address | is_elsewhere)
  and ((kinds | contains("share")) or (.target.id | is_given | not));

# Whether the image belongs to the post. Images of other attachments belong to a linked web page. Facebook
# calls an animated image a video. Of one from another site it stores and shows a copy.
def or_avatar: . + if parser < 7 then "" else "|avatar" end;
def has_image:
  ("photo|video|album|animated|sticker|profile_media|event|offer" | or_avatar) as $names
  | (kinds | test($names + if parser < 6 then "" else "|\\boption$" end))
    and ((is_foreign_video | not) or (parser >= 7 and (kinds | contains("animated"))));

def words:
  select(is_foreign_video | not)
  | (select(is_one_of(titled)) | .title), (select(is_one_of(described)) | .description);

# An attachment whose image is not part of the post is a link. So is an event. A poll, which Pages had until
# 2021, would link to itself.
def link:
  select(((has_image | not) or is_one_of(["event"])) and (parser < 6 or (is_one_of(["visual_poll"]) | not)))
  | address | given;
def choice: select(parser >= 6 and is_one_of(["option"])) | .title | given | "- \(.)";

# `files` in the context has what photos and videos say of themselves.
def photo($native; $details): {
  identity: $native,
  type: "image",
  alt_text: $details | (.alt_text_custom | given) // .alt_text | by_person(parser >= 4)
};

# A caption track that was replaced has another time. A value that is missing is written as None.
def video($native; $tracks):
  {identity: $native, type: "video"},
  ($tracks[]? | {identity: "\($native)/\(.locale // "None")/\(.create_time // "None")", type: "document"});

def is_failed($context; $native): any($context.failed[]?; . == $native);

# The still of an animated image has an address that may change. It does not identify the image.
def still:
  if parser >= 7 and (kinds | contains("animated") and contains("video")) then null else .media.image.src end;

# Attachments that are nothing but an image: it is missing if there is no address.
def is_image_alone:
  if parser < 4 then .media_type == "photo" else kinds | test("photo|sticker|animated" | or_avatar) end;

# No file is read of a photo or video that Facebook failed to give.
def file($context):
  (
    (.target.id | given) // (.unshimmed_url | given) // (still | given | file_name)
    // (select(parser >= 4) | address | given)
  ) as $native
  | select(is_failed($context; $native) | not)
  | ($context.files[$native] // {}) as $details
  | if (.media.source | is_given) or (kinds | contains("video")) then video($native; $details.tracks)
    else
      select(any($details.source, .media.image.src; is_given) or is_image_alone)
      | photo($native; $details)
    end;

# An attachment is followed by its parts. The image of an album is that of its first part.
def with_parts: ., .subattachments.data[]?;
def attachment_files($context): select(has_image and [.subattachments.data[]?] == []) | file($context);

# ---- Posts and comments ----

# Words that the text already has are left out.
def paragraphs_once: reduce (.[] | given) as $more ("";
  if contains($more) then . else [., $more] | paragraphs end);

def event_words: .event
  | .name, ([.start_time, .end_time | given] | join(" - ")), .place.name, .description,
    (select(.is_canceled) | "Canceled");

def post_words:
  [.attachments.data[]? | with_parts] as $attachments
  | ($attachments[] | words),
    ([$attachments[] | choice] | join("\n")),
    (.child_attachments[]? | .name, .description),
    event_words;

def post: .context as $context | .item | {
  text: [.message, post_words] | paragraphs_once,
  title: .story,
  links: [
    (.attachments.data[]? | with_parts | link), (.child_attachments[]?.link | without_redirect | given)
  ] | distinct,
  media: [.attachments.data[]? | with_parts | attachment_files($context)],
  author_id: .from.id,
  visibility: (if .is_published == false then "unpublished" else .privacy.value | filled end)
};

def comment_parts: .attachment | values | if parser < 4 then . else with_parts end;

def comment: .context as $context | .item | {
  text: .message // "",
  links: [comment_parts | link] | distinct,
  media: [comment_parts | attachment_files($context)],
  author_id: .from.id,
  visibility: (if .is_private then "private" else null end)
};

# The video of a reel whose post cannot be read.
def reel: .item | {
  text: [.description, .title] | paragraphs_once,
  media: [video(.id; [.captions.data[]? | select(.is_draft | not)])],
  author_id: .from.id
};

# ---- Stories ----

def story_file($context):
  .media_id as $native | ($context.files[$native] // {}) as $details
  | if .media_type // "" | ascii_downcase | contains("video") then video($native; $details.tracks)
    else photo($native; $details | select(.source | is_given) // {}) end;

def story: .context as $context | .item | {
  text: "",
  media: [select((.media_id | is_given) and (is_failed($context; .media_id) | not)) | story_file($context)],
  author_id: $context.account
};

# ---- The Page ----

def profile_lines:
  (.category | given | "Category: \(.)"),
  (.founded | given | "Founded: \(.)"),
  (.single_line_address | given | "Address: \(.)"),
  (.phone | given | "Phone: \(.)"),
  (.website | given | "Website: \(.)"),
  (.emails[]? | "Email: \(.)"),
  (.hours // {} | to_entries[] | "\(.key): \(.value)");

# A silhouette is no picture of the Page.
def profile_files:
  (.picture.data | select(.is_silhouette | not) | .url | given | {identity: file_name, type: "image"}),
  (.cover | select(.source | is_given)
    | {identity: ((.id | given) // (.source | file_name)), type: "image"});

def profile: .item | {
  text: [
    .about, .bio, .description, .mission, .company_overview, .general_info, .impressum,
    ([profile_lines] | join("\n"))
  ] | paragraphs,
  title: .name,
  links: [(.website // "" | scan("\\S+")), .privacy_info_url, .link | given] | distinct,
  media: [profile_files],
  author_id: .id,
  visibility: (if .is_published == false then "unpublished" else null end)
};

# The people that the Page blocks. `more` has those on the later pages of the list.
def blocked: {
  text: [
    .body.data[]?, .context.more[]? | .id as $id | (.name | filled) // $id | person("blocked"; $id)
  ] | blocklist,
  title: "Moderation",
  author_id: (.context.account // (.url | path_of | capture("/(?<page>[0-9]+)/blocked$").page) // "unknown"),
  visibility: "private"
};

# ---- Which of these an item is ----

def is_story: has("post_id") and has("media_id") and has("creation_time");
def is_comment:
  has_any(["comment_count", "like_count", "parent", "is_private", "can_comment"])
  or any(.permalink_url | strings; contains("comment_id="));

# A saved response does not say which list it is of. The fields of its items do. In a capture, only the
# response with the Page has no list.
def list_of:
  if is_private then "messages"
  elif is_story then "stories"
  elif is_comment then "comments"
  elif has("created_time") then "posts"
  else "profile"
  end;

def content:
  (.context.edge // (.item | list_of)) as $list
  | if (.pointer | test("/messages/data/[0-9]+$")) or ($list | IN("conversations", "messages")) then message(parser >= 7)
    elif (.pointer | test("/comments/data/[0-9]+$")) or $list == "comments" then comment
    elif $list == "blocked" then blocked
    elif $list == "stories" then story
    elif $list == "videos" then reel
    elif $list == "profile" then profile
    else post
    end;
