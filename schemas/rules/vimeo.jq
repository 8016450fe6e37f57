# Vimeo.

def html: empty;

# The kind and the number in the address of an item: videos and 1 of /videos/1:hash, comments and 2 of
# /videos/1/comments/2.
def address:
  capture("^/(?:users/\\d+/|me/)?(?<kind>users|videos|albums|live_events)/(?<number>\\d+)(?::\\w+)?"
    + "(?:/(?<part>comments|texttracks|pictures)/(?<part_number>\\d+))?$")
  | {kind: (.part // .kind), number: (.part_number // .number)};
def number: address.number;
def last_step: split("/")[-1];

def author: (.user.uri | given | number) // null;

# The picture, unless it is Vimeo's own.
def picture: .pictures // {} | select((.sizes // []) != [] and .type != "default") | .uri | given
  | {identity: "pictures/\(last_step)", type: "image"};

# A video file that was replaced is another version of the same video.
def video_file: .metadata.connections.versions.current_uri as $version | {
  identity: (($version | given | "versions/\(last_step)") // "videos/\(.uri | number)"),
  type: "video"
};

def text_track: {
  identity: ([(.uri | last_step), .language, .type, .name] | map(given) | "texttracks/\(join("/"))"),
  type: "document"
};

# The context has the text tracks of a video, and the videos of a showcase.
def told: .context.told[.item.uri | number] // [];

def video: told as $tracks | .item | {
  text: (.description // ""),
  title: .name,
  media: [video_file, picture, ($tracks[] | text_track)],
  author_id: author,
  visibility: .privacy.view
};

def showcase: told as $videos | .item | {
  text: (.description // ""),
  title: .name,
  links: ($videos | distinct),
  author_id: author,
  visibility: .privacy.view
};

def event: .item | {
  text: (
    [
      .stream_description,
      ([.schedule // {} | to_entries | sort_by(.key)[] | select(.value | strings | is_given) | "\(.key): \(.value)"]
        | join("\n"))
    ] | paragraphs
  ),
  title: .title,
  media: [picture],
  author_id: author,
  visibility: .stream_privacy.view
};

def comment: .item | {
  text,
  author_id: (author // (.metadata.connections.user.uri | given | number) // null)
};

def profile: .item | {
  text: (
    [
      ([.bio, .short_bio] | distinct[]),
      ([
        (.location | given | "Location: \(.)"),
        (.preferences.videos.privacy.comments | given | "Comments on new videos: \(.)"),
        (.metadata.connections.block.total | select(. != null and . != 0) | "Blocked people: \(.)"),
        (.websites[]? | "Website: \([.name, .description, .link] | map(given) | join(", "))")
      ] | join("\n"))
    ] | paragraphs
  ),
  title: .name,
  links: ([.websites[]?.link | given] | distinct),
  media: [picture],
  author_id: (.uri | number)
};

def content: (.item.uri | address.kind) as $kind
  | if $kind == "videos" then video
    elif $kind == "comments" then comment
    elif $kind == "albums" then showcase
    elif $kind == "live_events" then event
    else profile end;
