# WordPress.

# A revision is an earlier text of a post. Its author, its featured image, and its address are those of the post,
# which the context has.
def is_revision: .item | has("parent") and (has("type") | not);
def post_item:
  if is_revision then
    .item as {$title, $content, $excerpt} | (.context.live | objects) // {}
    | . + {title: $title, content: ($content + {protected}), excerpt: $excerpt}
  else .item end;

def base: post_item.link // "";
def html: .item | (.content, .title, .excerpt | .rendered?), .description, .name | strings;

def site: .context.server // "unknown";
def id: if . == null then null else tostring end;

# A list of lists: the elements with the same value of f, in the order of the first ones.
def groups(f): . as $all | [.[] | f] | distinct | map(. as $value | $all | map(select(f == $value)));

# The site may refuse to describe the featured image. Jetpack, a plugin, may give its address then.
def featured_image($site): .jetpack_featured_media_url as $jetpack
  | [._embedded | objects | .["wp:featuredmedia"][0]? | objects | select(has("code") | not)][0] as $described
  | .featured_media | id | values | select(. != "0")
  | {
    key: .,
    identity: "wordpress:\($site)/media/\(.)",
    type: ($described.mime_type | filled // "image" | split("/")[0]
      | if IN("image", "video", "audio") then . else "document" end),
    alt_text: ($described.alt_text | filled),
    url: (if $described then $described.source_url else $jetpack end),
    is_described: ($described != null)
  };

# The class of an image from the media library has its number there.
def image($site): ((.class | capture("\\bwp-image-(?<number>\\d+)").number) // null) as $number | {
  key: ($number // (.url | file_identity)),
  identity: (if $number then "wordpress:\($site)/media/\($number)" else .url | file_identity end),
  type,
  alt_text: (.alt | filled),
  url
};

# The same file in several places: it is as the first one describes it. If the site does not describe the featured
# image, that is the first one in the text. An alternative text may come from a later place.
def one_file:
  (if .[0].is_described == false and .[0].url == null then map(.url != null) | index(true) // 0 else 0 end) as $first
  | .[$first:] | .[0] + {alt_text: [.[].alt_text | values][0]};

def known_files($site): [featured_image($site), (.content.rendered | html_images[] | image($site))]
  | map(.url |= (strings | select(is_fetchable)) // null) | groups(.key) | map(one_file);

# The site's own files to which the text links.
def linked_files($known): (.link // "" | site_name) as $own
  | [.content.rendered | html_links[] | select(is_file and $own != "" and site_name == $own)] - [$known[].url]
  | map({key: file_identity, identity: file_identity, type: file_type}) | distinct
  | map(select(.key | IN($known[].key) | not));

# An excerpt belongs to the text if a person wrote it: WordPress makes the usual one from the beginning of the text.
def with_excerpt($excerpt):
  if ($excerpt // "") == "" or ($excerpt | endswith("[&hellip;]</p>\n")) then .
  else ($excerpt | html_text) as $words | if has_excerpt($words) then . else "\(.)\n\n\($words)" | stripped end end;

def post: site as $site | post_item | .content.rendered as $html | .excerpt.rendered as $excerpt | {
  text: (if $html == "" and .content.protected then null else $html | html_text | with_excerpt($excerpt) end),
  title: (.title.rendered | html_text),
  links: ($html | html_links),
  media: (known_files($site) as $known | $known + linked_files($known) | map({identity, type, alt_text})),
  author_id: (.author | id),
  visibility: (if .content.protected then "password" else "public" end)
};

# A pingback or trackback comes from the page that links to the post.
def comment: .item | .content.rendered as $html | {
  text: ($html | html_text),
  links: [(select(.type == "pingback" or .type == "trackback") | .author_url | given), ($html | html_links[])],
  media: (
    [$html | html_images[] | {identity: (.url | file_identity), type, alt_text: (.alt | filled)}]
    | groups(.identity) | map(.[0])
  ),
  author_id: (.author | id | if . == "0" then null else . end)
};

def profile: site as $site | .item | {
  text: ((.description | strings | html_text) // ""),
  title: (.name | html_text),
  links: [.home],
  media: [
    select(.site_icon_url | is_given) | .site_icon | id | values | select(. != "0")
    | {identity: "wordpress:\($site)/media/\(.)", type: "image"}
  ]
};

def content:
  if .item | has("author_name") and has("post") then comment
  elif .item | has("namespaces") or has("home") then profile
  else post
  end;
