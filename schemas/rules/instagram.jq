# Instagram.

def html: empty;

# Instagram gives the owner of a post to that owner only. A post without a name is the account's, too, except
# one that tags the account.
def is_our_post($context):
  $context.account != null and $context.edge != "tags"
  and ((parser >= 5 and (.owner // {}) != {}) or .username == null or $context.handle == null or .username == $context.handle);

# The still images of videos are requested with the account's own posts.
def post: .context as $context | .item | {
  text: .caption // "",
  media: [post_files($context.edge | IN("media", "stories"); parser >= 4)],
  author_id: (if is_our_post($context) then $context.account else .owner.id end)
};

# Whether the name of the author is that of the account.
def is_our_comment($context):
  ((.from.username | filled) // .username) as $name
  | $context.account != null and $name != null and $name == $context.handle;

def comment: .context as $context | .item | {
  text: .text // "",
  author_id: (if is_our_comment($context) then $context.account else .from.id end)
};

def profile: .context as $context | .item | {
  text: .biography // "",
  title: ((.name | filled) // .username),
  links: [(.website | given), "https://www.instagram.com/\(.username)/"],
  media: [.profile_picture_url | given | {identity: file_name, type: "image"}],
  author_id: ($context.account // (.user_id | given) // .id | tostring)
};

# A saved response does not say which list it is of. The fields of its items do.
def list_of:
  if is_private then "messages"
  elif has_any(["text", "parent_id"]) then "comments"
  elif has_any([
    "media_type", "media_url", "media_product_type", "permalink", "caption", "shortcode", "timestamp"
  ]) then "media"
  else "profile"
  end;

def content:
  ((.context.edge | given) // (.item | list_of)) as $list
  | if (.pointer | test("/messages/data/[0-9]+$")) or ($list | IN("conversations", "messages")) then message(parser >= 6)
    elif (.pointer | test("/(?:comments|replies)/data/[0-9]+$")) or ($list | IN("comments", "replies"))
    then comment
    elif $list == "profile" then profile
    else post
    end;
