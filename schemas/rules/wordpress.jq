# WordPress. `parser < 4` is how earlier parsers read it (parsers.json).

# A revision is an earlier text of a post. Its author, its featured image, and its address are those of the post,
# which the context has.
def is_revision: .item | has("parent") and (has("type") | not);
def post_item:
  if is_revision then
    .item as {$title, $content, $excerpt} | (.context.live | objects) // {}
    | . + {title: $title, content: ($content + {protected}), excerpt: $excerpt}
  else .item end;

# Parser 1 left out drawings and formulas.
def without_drawings: gsub("<(?<tag>svg|math)\\b[\\s\\S]*?</\\k<tag>\\s*>"; ""; "i");
def read_item:
  if parser < 2 then .item | walk(if type == "string" then without_drawings else . end) else .item end;

def base: post_item.link // "";
def html: read_item | (.content, .title, .excerpt | .rendered?), .description, .name | strings;

def site: .context.server // "unknown";
def id: if . == null then null else tostring end;

# A list of lists: the elements with the same value of f, in the order of the first ones.
def groups(f): . as $all | [.[] | f] | distinct | map(. as $value | $all | map(select(f == $value)));

# The address by which a file is known. Before parser 4, each size of an image was another file.
def file_key: if parser < 4 then . else file_identity end;

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
    url: (if $described then $described.source_url elif parser < 4 then null else $jetpack end),
    is_described: ($described != null)
  };

# The class of an image from the media library has its number there.
def image($site): ((.class | capture("\\bwp-image-(?<number>\\d+)").number) // null) as $number | {
  key: ($number // (.url | file_key)),
  identity: (if $number then "wordpress:\($site)/media/\($number)" else .url | file_identity end),
  type,
  alt_text: (.alt | filled),
  url
};

# The same file in several places: it is as the first one describes it. If the site does not describe the featured
# image, that is the first one in the text. An alternative text may come from a later place.
def one_file:
  (if parser >= 4 and .[0].is_described == false and .[0].url == null then map(.url != null) | index(true) // 0
    else 0 end) as $first
  | .[$first:] | .[0] + {alt_text: [.[].alt_text | values][0]};

def known_files($site): [featured_image($site), (.content.rendered | html_images[] | image($site))]
  | map(.url |= (strings | select(is_fetchable)) // null) | groups(.key) | map(one_file);

# The site's own files to which the text links. Before parser 3, an address with `www.` was of another site.
def own_site: if parser < 3 then [capture("^(?<site>https?://[^/?#]+)").site][0] // "" else site_name end;
def linked_files($known): (.link // "" | own_site) as $own
  | [.content.rendered | html_links[] | select(is_file and $own != "" and own_site == $own)] - [$known[].url]
  | map({key: file_key, identity: file_identity, type: file_type}) | distinct
  | map(select(.key | IN($known[].key) | not));

# Whether the text says what an excerpt says. Parser 1 compared the first 40 characters.
def says($words):
  if parser < 2 then ($words[:60] | flat | .[:40]) as $first | flat | contains($first) else has_excerpt($words) end;

# An excerpt belongs to the text if a person wrote it: WordPress makes the usual one from the beginning of the text.
def with_excerpt($excerpt):
  if ($excerpt // "") == "" or ($excerpt | endswith("[&hellip;]</p>\n")) then .
  else ($excerpt | html_text) as $words | if says($words) then . else "\(.)\n\n\($words)" | stripped end end;

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
    | if parser < 4 then . else groups(.identity) | map(.[0]) end
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

def content: .item = read_item
  | if .item | has("author_name") and has("post") then comment
    elif .item | has("namespaces") or has("home") then profile
    else post end;
