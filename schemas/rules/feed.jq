# Feeds (RSS and Atom). feed_input.py makes the input from the XML. `parser < 10` is how earlier parsers read it
# (parsers.json).

def html: empty;

def feed: .item | {
  text: .subtitle_text,
  title: .title_text,
  links: [.absolute_link | given],
  media: [
    first(.image.href, .logo, .icon, (select(parser >= 10) | .media_thumbnail[0].url) | given)
    | {identity: file_identity, type: "image"}
  ]
};

# The texts of an entry. Captions of its files come last; before parser 8, in the order of the feed.
# Parsers before 10 did not read subtitles.
def bodies:
  .bodies | if parser < 8 then sort_by(.place) else . end | .[] | select(parser >= 10 or (.is_subtitle | not));

# The first text of an entry, and each further one that says more.
def text: reduce (bodies | .read.text) as $more (null;
  if . == null then $more elif has_excerpt($more) then . else [., $more] | map(select(. != "")) | join("\n\n") | stripped end);

# Before parser 10, each size of an image was another file.
def file_key: if parser < 10 then . else file_identity end;

def body_files: bodies | .read.images[] | select(.width != 1 or .height != 1)
  | {key: .url | file_key, identity: .url | file_identity, type, alt_text: .alt | filled};

# An image of the author is no file of the entry. Since parser 10, the address of a player is none either.
def is_no_file:
  (.url // "" | contains("gravatar.com/avatar/")) or (parser >= 10 and .type == "application/x-shockwave-flash");

# The address of a file. Before parser 9, white space around it was part of it.
def address: if parser < 9 then .absolute else .file end;

def attached: {
  key: address | file_key,
  identity: address | file_identity,
  type: ((.medium // ((.type // "") | split("/")[0]) // "") as $kind
    | if $kind | IN("image", "video", "audio") then $kind
      elif parser < 10 then "document"
      else (address | file_type) end)
};

def entry: .item | {
  text: text,
  title: .title_text,
  links: [
    (bodies | .read.links[]),
    (.links[]? | select(.rel | IN("via", "related")) | .href | given),
    (.content[]? | select(.src | is_given) | .absolute)
  ] | distinct,
  media: (
    [body_files] as $shown
    | [(.links[]? | select(.rel == "enclosure")),
       (.media_content[]? | select(is_no_file | not)),
       (.content[]? | select(.src | is_given) | select(.type | tostring | startswith("text/") | not)),
       ((.image | values), {href, absolute, file} | select(.href | is_given)
         | select([.href | ending] | inside(file_endings.image)) | .medium = "image")
      ] as $files
    | (if $files == [] and $shown == [] then [.media_thumbnail[]? | {medium: "image"} + .] else $files end) as $files
    | [$shown[], ($files[] | select(.absolute | is_given) | attached)]
    | reduce .[] as $one ([]; if any(.[]; .key == $one.key) then . else . + [$one] end)
    | map({identity, type, alt_text})
  ),
  author_id: ([.authors[]? | select(. != {})][0] | .href // .email)
};

def content: if .pointer == "feed" then feed else entry end;
