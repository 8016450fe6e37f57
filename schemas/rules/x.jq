# X. X writes one thing in two vocabularies: tweets or posts, retweeted or reposted.

def html: empty;

# X escapes these three characters in every text.
def plain: gsub("&lt;"; "<") | gsub("&gt;"; ">") | gsub("&amp;"; "&");

# What the response includes by ID. The context has the files and polls of included posts, which X describes only in
# another response; a post without them (`undescribed`) counts as not included.
def included: .context as $context | .body.includes | {
  posts: ([.posts[]?, .tweets[]?] | INDEX(.id) | delpaths([$context.undescribed[]? | [.]])),
  media: ([.media[]?, $context.media[]?] | INDEX(.media_key)),
  polls: ([.polls[]?, $context.polls[]?] | INDEX(.id))
};

# A repost has the content of the post that it passes on, or of its own if X does not include that post.
def shown($included): . as $own
  | ((.referenced_posts | select(. != [])) // .referenced_tweets // [])
  | [.[] | select(.type == "retweeted" or .type == "reposted") | .id][-1]
  | (values | $included.posts[.]) // $own;

def note: if has("note_post") then .note_post else .note_tweet end // {};

# Each poll as its options, one a line.
def polls($included):
  .attachments.poll_ids[]? | $included.polls[.] | values | [.options | sort_by(.position)[]? | .label] | join("\n");

def links: ((note.entities | select(. != {})) // .entities).urls // []
  | map(select(.media_key | is_given | not) | (.expanded_url | filled) // .url | given) | distinct
  | map(select(test("^https?://(?:www\\.)?(?:x|twitter)\\.com/[^/]+/status/\\d+/(?:photo|video)/\\d+$") | not));

# The keys of the files that are attached, then those in the article.
def media_keys: (.attachments.media_keys // []) as $attached
  | [select(parser >= 3) | .article | values | .cover_media, (.media_entities | arrays | .[]) | objects.media_key // .]
  | $attached + (map(strings | given) | distinct - $attached);

# If X does not describe a file, its key begins with the number of its type.
def file($included): . as $key | $included.media[$key] | {
  identity: $key,
  type: ((
    if . then {photo: "image", video: "video", animated_gif: "video", audio: "audio"}[.type]
    else {"3": "image", "7": "video", "13": "video", "16": "video"}[$key | sub("_.*"; "")] end
  ) // "document"),
  alt_text: (.alt_text | filled)
};

# The address of a file; of a video or a recording, that of the variant with the highest bit rate.
def address: ([.variants[]? | select(.url | is_given) | select(.content_type // "" | test("^(?:video/mp4|audio/)"))]
  | sort_by(- (.bit_rate // 0))[0] // empty | .url) // .url // "";

# A file of a message has the name that the archive of the account gives it, which ends its address.
def message_file($included): . as $key
  | "^[^?#]*/dm/[0-9]{1,19}/[0-9]{1,19}/(?<identity>[A-Za-z0-9_.-]{1,50})(?:[?#]|$)" as $form
  | file($included) + (($included.media[$key] | address | capture($form)) // {});

def profile: .item | {
  text: [(.description // "" | plain), .location] | paragraphs,
  title: .name,
  links: (
    [.entities | .url, .description | .urls[]? | (.expanded_url | filled) // .url]
    + [select(.entities | [.url.urls[]?, .description.urls[]?] == []) | .url]
    | map(given) | distinct
  ),
  media: [.profile_image_url, .profile_banner_url | given | {identity: path_of, type: "image"}],
  author_id: .id,
  visibility: (if .protected then "protected" else null end)
};

def visibility:
  if .scopes.followers then "followers"
  elif (.withheld // {}) == {} then null
  else .withheld.country_codes // [] | map(tostring) | sort | "withheld: \(join(" ") | filled // "copyright")"
  end;

# An earlier version of an edited post has the author of the newest version, which names all versions.
def newest($body): .id as $id
  | [$body.data | if type == "array" then .[] else . end
    | select(.edit_history_post_ids // .edit_history_tweet_ids // [] | index($id))][0] // .;

def post: included as $included | .body as $body | .item | shown($included) as $shown | {
  text: ($shown | [((note.text | filled) // .text | plain), .article.plain_text, polls($included)] | paragraphs),
  title: $shown.article.title,
  links: ($shown | links),
  media: [$shown | media_keys[] | file($included)],
  author_id: ((.author_id | filled) // newest($body).author_id),
  visibility: visibility
};

def message: included as $included | .item | {
  text: [(.text // "" | plain), polls($included)] | paragraphs,
  links: links | map(select(test("^https?://(?:www\\.)?(?:x|twitter)\\.com/messages/media/\\d+$") | not)),
  media: [media_keys[] | message_file($included)],
  author_id: .sender_id,
  visibility: "private"
};

# The lists of blocked and muted people are pages of their own. The context has all pages together.
def people_list: .url | capture("^[^?#]*/users/(?<account>[0-9]{1,19})/(?<name>blocking|muting)(?:[?#]|$)");

def moderation: people_list as $list | {
  text: (
    [(.context.people | select(. != {})) // {($list.name): (.body.data // [])} | to_entries[]
      | {blocking: "blocked", muting: "muted"}[.key] as $word
      | .value[] | .name as $name | "@\(.username)" | person($word; $name)]
    | blocklist
  ),
  title: "Moderation",
  author_id: (.context.account // $list.account),
  visibility: "private"
};

def content:
  if [people_list] != [] then moderation
  elif .item | has("username") and (has("text") | not) then profile
  elif .item | has("dm_conversation_id") or has("event_type") then message
  else post
  end;
