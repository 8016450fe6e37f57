# Feeds (RSS and Atom). feed_input.py makes the input from the XML.

def html: empty;

def feed: .item | {
  text: .subtitle_text,
  title: .title_text,
  links: [.absolute_link | given],
  media: [
    first(.image.href, .logo, .icon, .media_thumbnail[0].url | given)
    | {identity: file_identity, type: "image"}
  ]
};

# The first text of an entry, and each further one that says more. Captions of its files come last.
def text: reduce .bodies[].read.text as $more (null;
  if . == null then $more elif has_excerpt($more) then . else [., $more] | map(select(. != "")) | join("\n\n") | stripped end);

def body_files: .bodies[].read.images[] | select(.width != 1 or .height != 1)
  | {identity: .url | file_identity, type, alt_text: .alt | filled};

# An image of the author, or the address of a player, is no file of the entry.
def is_no_file: (.url // "" | contains("gravatar.com/avatar/")) or .type == "application/x-shockwave-flash";

def attached: {
  identity: .absolute | file_identity,
  type: ((.medium // ((.type // "") | split("/")[0]) // "") as $kind
    | if $kind | IN("image", "video", "audio") then $kind else (.absolute | file_type) end)
};

def entry: .item | {
  text: text,
  title: .title_text,
  links: [
    .bodies[].read.links[],
    (.links[]? | select(.rel | IN("via", "related")) | .href | given),
    (.content[]? | select(.src | is_given) | .absolute)
  ] | distinct,
  media: (
    [body_files] as $shown
    | [(.links[]? | select(.rel == "enclosure")),
       (.media_content[]? | select(is_no_file | not)),
       (.content[]? | select(.src | is_given) | select(.type | tostring | startswith("text/") | not)),
       ((.image | values), {href, absolute} | select(.href | is_given) | select([.href | ending] | inside(file_endings.image)) | .medium = "image")
      ] as $files
    | (if $files == [] and $shown == [] then [.media_thumbnail[]? | {medium: "image"} + .] else $files end) as $files
    | [$shown[], ($files[] | select(.absolute | is_given) | attached)]
    | reduce .[] as $one ([]; if any(.[]; .identity == $one.identity) then . else . + [$one] end)
  ),
  author_id: ([.authors[]? | select(. != {})][0] | .href // .email)
};

def content: if .pointer == "feed" then feed else entry end;
