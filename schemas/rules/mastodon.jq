# Mastodon.

# A boost has the content of the status that it spreads.
def shown: .reblog // .;

# The HTML of a link to a mentioned person or to a tag. Such links are no links of the text.
def mentions: scan("<a [^>]*>") | select(contains("mention"));

def html: .item | objects | (shown.content | strings | ., mentions), .note, .fields[]?.value | strings;

def file: {
  identity: .id | tostring,
  type: {image: "image", gifv: "video", video: "video", audio: "audio", unknown: "document"}[.type],
  alt_text: .description | filled
};

def profile_image: {
  identity: .[0] | path_of,
  type: "image",
  alt_text: .[1] | filled
};

def blocked($list):
  if $list == "domain_blocks" then person("blocked"; "server")
  elif $list == "filters" then
    (.context | sort | join(", ")) as $places
    | ([.keywords[]?.keyword] | sort | join(", ") | filled) // .title // "" | person("filter"; $places)
  else .display_name as $name | "@\(.acct)" | person(if $list == "blocks" then "blocked" else "muted" end; $name)
  end;

def moderation: {
  text: [(.context.lists // .body) | to_entries[] | .key as $list | .value[] | blocked($list)] | blocklist,
  title: "Moderation",
  author_id: .context.account // "unknown",
  visibility: "private"
};

def profile: .item | {
  text: [(.note | html_text), ([.fields[] | "\(.name): \(.value | html_text)"] | join("\n"))] | paragraphs,
  title: .display_name | filled,
  links: [(.note | html_links[]), (.fields[].value | html_links[]), (.moved | values | .url // .acct)] | distinct,
  media: [
    [.avatar, .avatar_description], [.header, .header_description]
    | select(.[0] | filled and (endswith("/missing.png") | not)) | profile_image
  ],
  author_id: .id | tostring,
  visibility: (if .limited then "limited" else null end)
};

def status: .context.visibility as $visibility | .item | {
  text: shown | [(.content | html_text), ([.poll.options[]?.title] | join("\n"))] | paragraphs,
  title: shown.spoiler_text | filled,
  links: shown.content | html_links - [mentions | html_links[]],
  media: [shown.media_attachments[]? | file],
  author_id: .account.id | tostring,
  visibility: (.visibility // $visibility)
};

def content:
  if .context | has("lists") then moderation
  elif .item | has("acct") then profile
  elif .item | has("content") then status
  else moderation
  end;
