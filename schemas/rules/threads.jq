# Threads.

def html: empty;

# The response says whose a reply is. Otherwise the name of the author does, or the list: the account's own
# lists have only its posts.
def is_ours($context):
  $context.account != null
  and if .is_reply_owned_by_me == null and .username == null
    then $context.edge | IN("threads", "ghost_posts", "replies")
    else .is_reply_owned_by_me == true or .username == $context.handle
    end;

# A repost has none of its own files. Nothing names an original that was removed.
def is_repost: (.reposted_post // {}) != {} or (parser >= 3 and .media_type == "REPOST_FACADE");

# The still images of videos are requested in captures.
def files($context):
  post_files($context.account != null; parser >= 3),
  (select(.gif_url | is_given) | {identity: "\(.id)/gif", type: "image"});

# The choices of a poll are part of the text.
def choices: .poll_attachment | [.option_a, .option_b, .option_c, .option_d | given] | join("\n");

def post: .context as $context | .item | {
  text: [.text, .text_attachment.plaintext, choices] | paragraphs,
  links: [.link_attachment_url, .text_attachment.link_attachment_url | given] | distinct,
  media: [select(is_repost | not) | files($context)],
  author_id: (if is_ours($context) then $context.account else .owner.id end)
};

def profile: .item | {
  text: .threads_biography // "",
  title: ((.name | filled) // .username),
  links: ["https://www.threads.com/@\(.username)"],
  media: [.threads_profile_picture_url | given | {identity: file_name, type: "image"}],
  author_id: .id
};

# A saved response does not say which list it is of. Only posts have one of these fields.
def is_post:
  has_any([
    "text", "media_type", "media_url", "timestamp", "permalink", "shortcode", "is_reply", "media_product_type"
  ]);

def content:
  if (.context.edge | is_given) then
    if .context.edge == "profile" then profile else post end
  elif .item | is_post then post
  else profile
  end;
