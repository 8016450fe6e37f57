# TikTok.

def html: empty;

# The path of a picture's address up to its size. TikTok signs the address again for each response.
def picture: {identity: (path_of | split("~")[0] // ""), type: "image"};

def cover($video): {identity: "\($video)/cover", type: "image"};

def profile($account): {
  text: (.bio_description // ""),
  title: .display_name,
  media: [.profile_image // .avatar_url | given | picture],
  author_id: $account
};

def video($account): .item_id as $id | {
  text: (.caption // ""),
  media: [
    {identity: "\($id)", type: (if .media_type // "" | ascii_upcase | contains("PHOTO") then "image" else "video" end)},
    (.thumbnail_url | given | cover($id))
  ],
  author_id: $account
};

# A video as the Display API gives it. No capture requests that API; a saved response may be one of it.
def display_video($account): .id as $id | {
  text: (.video_description // ""),
  title: (.title | filled),
  media: [{identity: $id, type: "video"}, (.cover_image_url | given | cover($id))],
  author_id: $account
};

def comment: {
  text: (.text // ""),
  media: [.comment_id as $id | .image_url | given | {identity: "\($id)/image", type: "image"}],
  author_id: ((.unique_identifier | filled) // .user_id)
};

def content: .context.account as $account | .pointer as $pointer | .item
  | if $pointer == "/data" then profile($account // .username)
    elif $pointer == "/data/user" then profile((.open_id | filled) // (.username | filled) // "unknown")
    elif has("comment_id") then comment
    elif has("item_id") then video($account)
    else display_video($account) end;
