# Bluesky.

def html: empty;

def did: capture("^at://(?<did>[^/]+)").did;

# The links of a rich text. Other features (mentions, tags) are no significant content.
def links: [.facets[]?.features[]? | objects | select(.["$type"] == "app.bsky.richtext.facet#link") | .uri | select(. != "")];

def file($alt): {
  identity: (if .ref | type == "object" then .ref["$link"] else .cid end),
  type: (.mimeType | split("/")[0] | if IN("image", "video", "audio") then . else "document" end),
  alt_text: ($alt // "" | filled)
};

# What a post embeds: files, a card (a web page whose title and description belong to the text), or a quote,
# which is another record. A quote may come with files or a card.
def embedded:
  if .["$type"] == "app.bsky.embed.recordWithMedia" then .media | embedded else . end;

def files:
  if .["$type"] == "app.bsky.embed.images" then .images[] | .alt as $alt | .image | file($alt)
  elif .["$type"] == "app.bsky.embed.gallery" then
    .items[] | objects | select(.["$type"] == "app.bsky.embed.gallery#image") | .alt as $alt | .image | file($alt)
  elif .["$type"] == "app.bsky.embed.video" then (.alt as $alt | .video | file($alt)), (.captions[]?.file | file(null))
  elif .["$type"] == "app.bsky.embed.external" then .external.thumb | values | file(null)
  else empty end;

def card: select(.["$type"] == "app.bsky.embed.external") | .external;

def written: (.embed // {} | embedded) as $embed | {
  text: [.text, ([$embed | card | .title, .description] | map(select(. != "")) | join("\n"))] | paragraphs,
  links: [links[], ($embed | card | .uri)] | distinct,
  media: [$embed | files]
};

# A repost has the content of the post that it spreads.
def repost: .item | (.post.record | written) + {author_id: .reason.by.did};

def post: .item | (.record | written) + {author_id: (.uri | did)};

# A record as its author's server has it.
def stored_post: .body.uri as $uri | .item | written + {author_id: ($uri | did)};

def message: .item | {
  text: [.text, .embed.joinLinkPreview.name?] | paragraphs,
  links: links | distinct,
  author_id: .sender.did,
  visibility: "private"
};

# A picture is known by the hash in its address.
def picture: {
  identity: ([capture("/(?<cid>baf[a-z2-7]{20,})(?:@|$)").cid][0] // .),
  type: "image"
};

def profile: .item | {
  text: [.description, .pronouns | select(is_given)] | join("\n"),
  title: (.displayName // "" | filled),
  links: [.website | select(is_given)],
  media: [.avatar, .banner | select(is_given) | picture],
  author_id: .did
};

def blocks: . as $in | (.context.handles // {}) as $handles | {
  text: [
    (.context.people | select(. != null and . != [])) // [.body.records[]?.value.subject] | .[]
    | . as $did | if $handles[$did] then "@\($handles[$did])" | person("blocked"; $did) else person("blocked"; null) end
  ] | blocklist,
  title: "Moderation",
  author_id: ($in.context.account // ([$in.body.records[0]?.uri | strings | did][0]) // "unknown")
};

def content:
  if .item.reason["$type"]? // "" | endswith("#reasonRepost") then repost
  elif .body | has("records") then blocks
  elif .pointer == "/value" then stored_post
  elif .item | has("sender") then message
  elif .item | has("record") then post
  else profile end;
