# YouTube.

# The addresses in plain text, without punctuation at their ends.
def addresses: [scan("https?://[^\\s<>\"]+") | sub("[.,;:!?)\\]}'*_]+$"; "")] | distinct;

def html: .item.snippet.textDisplay | strings;

# The title and the description in other languages, which the channel wrote.
def translations: .snippet.defaultLanguage as $own
  | (.localizations // {}) | to_entries | sort_by(.key)[] | select(.key != $own)
  | [("[\(.key)] \(.value.title // "")" | sub("\\s+$"; "")), .value.description] | paragraphs;

# The largest size of a picture; of two equal ones, the one whose name comes last.
def largest: .thumbnails // {} | to_entries | max_by([(.value.width // 0) * (.value.height // 0), .key]) | .value;

def is_public_page: test("^/(?:results|hashtag/|channel/|user/|@)");

# YouTube adds links to names, hashtags, and times in the video. They are left out. A redirect is its target.
def outward($video):
  if contains("youtube.com/") | not then .
  else
    . as $link
    | (capture("^[^:/?#]*://(?:[^/?#@]*@)?(?<host>[^/?#:]*)(?::[0-9]*)?(?<path>[^?#]*)") // {host: "", path: ""}) as $at
    | if ($at.host | ascii_downcase | ltrimstr("www.")) != "youtube.com" then $link
      elif ($at.path | is_public_page) or ($at.path == "/watch" and ((query("v") // "") == $video)) then empty
      elif $at.path == "/redirect" then query("q") // $link
      else $link end
  end;

def picture: {identity: (split("=")[0] | split("/")[-1] | if . == "" then null else . end) // ., type: "image"};

def channel: .item | {
  text: [
    .snippet.description, translations,
    ([
      (.snippet.country | select(is_given) | "Country: \(.)"),
      (.brandingSettings.channel.keywords | select(is_given) | "Keywords: \(.)"),
      (.brandingSettings.channel.moderateComments | values | "Comments need approval: \(if . then "yes" else "no" end)")
    ] | join("\n"))
  ] | paragraphs,
  title: .snippet.title,
  links: .snippet.description | addresses,
  media: [(.snippet | largest | values | .url), (.brandingSettings.image.bannerExternalUrl | select(is_given) | "\(.)=w2120") | picture],
  author_id: .id,
  visibility: .status.privacyStatus
};

def files($id; $tracks): [
  {identity: $id, type: "video"},
  (largest | values | {identity: "\($id)/thumbnail", type: "image"}),
  ($tracks[$id][]? | {identity: ., type: "document"})
];

def video: .context.tracks as $tracks | .item
  | ([.liveStreamingDetails | .scheduledStartTime?, .scheduledEndTime? | select(is_given)] | join(" - ")) as $announced
  | ([.snippet.description, translations, if $announced == "" then "" else "Scheduled: \($announced)" end] | paragraphs) as $text
  | {
    text: $text,
    title: .snippet.title,
    links: $text | addresses,
    media: (.id as $id | .snippet | files($id; $tracks)),
    author_id: .snippet.channelId,
    visibility: .status.privacyStatus
  };

def upload: .context.tracks as $tracks | .item | {
  text: .snippet.description,
  title: .snippet.title,
  links: .snippet.description | addresses,
  media: (.snippet.resourceId.videoId as $id | .snippet | files($id; $tracks)),
  author_id: .snippet.videoOwnerChannelId,
  visibility: .status.privacyStatus
};

# The response or the request says on which video a comment is.
def comment: (.url | contains("textFormat=plainText")) as $plain | .video as $video | .item | {
  text: (.snippet.textOriginal // if $plain then .snippet.textDisplay else (.snippet.textDisplay | html_text) end),
  links: (.snippet.textDisplay | if $plain then addresses elif contains("<a") then [html_links[] | outward($video)] | distinct else [] end),
  media: [select(.snippet.imageUrl | is_given) | {identity: "\(.id)/\(.snippet.updatedAt)", type: "image"}],
  author_id: .snippet.authorChannelId.value
};

def thread_of($body; $pointer): $pointer | capture("^(?<thread>.*)/(?:snippet/topLevelComment|replies/comments/[0-9]+)$").thread as $at | $body | at($at).snippet;

def comment_video:
  .context.root // (.item.snippet.videoId | values | "youtube:\(.)")
    // ((. as {$body, $pointer} | thread_of($body; $pointer) | .videoId // .channelId) | values | "youtube:\(.)")
    // "" | ltrimstr("youtube:");

def content:
  {"youtube#channel": 1, "youtube#video": 2, "youtube#playlistItem": 3, "youtube#comment": 4}[.item.kind] as $kind
  | if $kind == 1 then channel elif $kind == 2 then video elif $kind == 3 then upload
    else (.video = comment_video) | comment end;
