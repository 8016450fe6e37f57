# What the rules of all connectors use. $html has what html_text.py reads of each HTML text.
def html_text: $html[.].text;
def html_links: $html[.].links;
def html_images: $html[.].images;

# The address from which relative addresses in the HTML lead. A connector whose HTML has them defines its own.
def base: "";

def filled: if . == "" then null else . end;
def paragraphs: map(select(. != null and . != "")) | join("\n\n");
def distinct: reduce .[] as $one ([]; if any(.[]; . == $one) then . else . + [$one] end);

# The path of an address, without its query and fragment.
def path_of: capture("^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*(?<path>[^?#]*)").path;

# Text on one line: each run of white space and control characters is one space.
def one_line:
  gsub("[\\x{0}-\\x{1f}\\x{7f}-\\x{9f}\\x{2028}\\x{2029}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}\\s]+"; " ")
  | ltrimstr(" ") | rtrimstr(" ");

# Text without white space at its ends.
def stripped: gsub("^[\\s\\x{1c}-\\x{1f}]+|[\\s\\x{1c}-\\x{1f}]+$"; "");

# A line of a list of blocked people: `blocked: @amy (Amy R.)`. The list is sorted.
def person($word; $more):
  "\($word): \(one_line)" + (if ($more // "") == "" then "" else " (\($more | one_line))" end);
def blocklist: unique | join("\n");

# The first value of a field in the query of an address, unescaped.
def query($name):
  [(capture("\\?(?<all>[^#]*)").all | split("&")[] | split("=") | select(.[0] == $name and length > 1)
    | .[1:] | join("=") | gsub("\\+"; " ") | @urid | select(. != ""))][0];

# The value at a JSON pointer.
def at($pointer):
  reduce ($pointer | split("/")[1:][] | gsub("~1"; "/") | gsub("~0"; "~")) as $step (.;
    if type == "array" then .[$step | tonumber] else .[$step] end);

# The host of an address, in lower case; empty if there is none.
def host_of:
  capture("^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#]*@)?(?<host>\\[[^\\]]*\\]|[^/?#:]*)").host // ""
  | ascii_downcase;

def is_given: . != null and . != "";
def given: select(is_given);

# Whether an item has at least one of these fields, with whatever value.
def has_any($names): any(has($names[]); .);

# ---- Meta: Facebook, Instagram, and Threads ----

# Signatures and sizes change the address of a file. The last part of its path remains.
def file_name:
  (capture("^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?(?<path>[^?#]*)").path
    | split("/") | last | filled) // .;

# An alternative text that a person wrote. Meta's own may begin with the name of the author, in which may be a
# period, and the date: "Photo by St. Louis County on May 1, 2026. May be an image of 2 people". Early parsers
# did not expect that period.
def by_person($expects_period):
  "[^.]{1,200}" as $name
  | ($name + if $expects_period then "|.{1,200}? on [A-Z][a-z]{2,9} \\d{1,2}, \\d{4}[^.]{0,200}" else "" end)
    as $author
  | "May be |Image may contain|No photo description available" as $automatic
  | if . // "" | test("\\A(?:Photo (?:shared )?by (?:\($author))\\. )?(?:\($automatic))") then null
    else filled end;

# The files of a post on Instagram or Threads: those of a carousel, or its own. A video is followed by its
# still image. Where still images were requested, each video has one, even if its address is missing.
def post_files($stills_requested; $expects_period):
  [.children.data[]?] as $parts
  | if $parts != [] then $parts[]
    else select(.media_url != null or (.media_type // "TEXT_POST") != "TEXT_POST") end
  | ({VIDEO: "video", AUDIO: "audio"}[.media_type // ""] // "image") as $type
  | {identity: .id, type: $type, alt_text: .alt_text | by_person($expects_period)},
    (select($type == "video" and ($stills_requested or (.thumbnail_url | is_given)))
      | {identity: "\(.id)/thumbnail", type: "image"});

# Private messages on Messenger and Instagram. Only messages and conversations have such IDs.
def is_private: any(.id | strings | startswith("m_", "t_", "aWdf"); .);

# A file or share without an ID has the number of its place in the message.
def numbered($prefix): to_entries[] | .value + {identity: ((.value.id | given) // "\($prefix)\(.key + 1)")};
def attached: "\(.id)/" as $prefix | [.attachments.data[]?] | numbered($prefix);
def shares: "\(.id)/shared/" as $prefix | [.shares.data[]?] | numbered($prefix);

# A card has text, buttons, and an image.
def is_card: .generic_template != null;
def buttons: .generic_template.cta | if type == "array" then .[] else values end;

def attached_type:
  if (.image_data // {}) != {} then "image"
  elif (.video_data // {}) != {} then "video"
  else .mime_type // "" | split("/")[0] | if IN("image", "video", "audio") then . else "document" end
  end;

def attached_words:
  if is_card then .generic_template.title, .generic_template.subtitle, (buttons | .title)
  else select(attached_type == "document") | .name end;

def attached_file:
  if is_card then select(.generic_template.media_url | is_given) | {identity, type: "image"}
  else {identity, type: attached_type} end;

# A share is a link, or a file of Meta. A share without an address is a file that is missing.
def is_link:
  (.link | is_given)
  and (.link | host_of | test("(?:^|\\.)(?:fbcdn\\.net|fbsbx\\.com|cdninstagram\\.com)$") | not);

# The story that a message replies to, and the story that names the account.
def named_stories:
  . as $message | ("reply_to", "mention") as $name | $message.story[$name] | select((. // {}) != {})
  | {identity: ((.id | given) // "\($message.id)/\($name)"), type: "document"};

# A sticker is given by itself only if it is not one of the files. Early parsers did not read a share without an
# address.
def message_files($missing_shares):
  [attached | attached_file] as $files
  | $files[],
    (select($files == []) | .sticker | given | {identity: file_name, type: "image"}),
    (select(.is_unsupported) | {identity: "\(.id)/unsupported", type: "document"}),
    (shares | select((is_link | not) and ($missing_shares or (.link | is_given))) | {identity, type: "document"}),
    named_stories;

# The account is known by its ID or by its name.
def message($missing_shares): .context as $context | .item | {
  text: [.message, (attached | attached_words)] | paragraphs,
  links: [(attached | buttons | .url | given), (shares | select(is_link) | .link)] | distinct,
  media: [message_files($missing_shares)],
  author_id: (
    if $context.handle != null and .from.username == $context.handle then $context.account
    elif .from.id == null then null
    else .from.id | tostring end
  ),
  visibility: "private"
};

# ---- Files and excerpts of web pages: WordPress and feeds ----

# The ending of a file's name in an address, in lower case: `pdf`.
def ending: sub("[?#].*"; "") | .[-6:] | sub(".*\\."; "") | ascii_downcase;

def file_endings: {
  image: ["jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "bmp", "tif", "tiff", "heic"],
  audio: ["mp3", "m4a", "ogg", "oga", "wav"],
  video: ["mp4", "m4v", "webm", "ogv", "mov"],
  document: [
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "csv", "txt", "ics",
    "zip", "epub", "vtt", "srt"
  ]
};

def is_file: ending as $ending | any(file_endings[][]; . == $ending);
def file_type: ending as $ending
  | [file_endings | to_entries[] | select(any(.value[]; . == $ending)) | .key][0] // "document";

# A file is named by its address without the query (size, signature), unless only the query may name it.
def file_identity: if is_file then sub("[?#].*"; "") else . end;

# Whether a file can be requested at an address.
def is_fetchable:
  test("^https?://(?:[^/?#]*@)?[^/?#@:]+(?::(?:0*[1-9][0-9]*)?)?(?:[/?#]|$)"; "i")
  and (test("[\\p{C}\\p{Zl}\\p{Zp}]") | not);

# Host and unusual port of an address, without `www.`; "" if it is not an address.
def site_name:
  (capture("^(?<scheme>[^:/?#]+)://(?:[^/?#]*@)?(?<host>[^/?#]*)") // {scheme: "", host: ""})
  | (if .scheme | ascii_downcase == "https" then ":443" else ":80" end) as $usual_port
  | .host | ascii_downcase | rtrimstr($usual_port) | ltrimstr("www.");

def flat: gsub("[\\s\\x{1c}-\\x{1f}]+"; " ") | ltrimstr(" ") | rtrimstr(" ");

# Whether a text has these words as complete words. If they are cut off, their last word may be longer in the text.
def has_words($words; $cut_off):
  def is_inside_word: test("^[\\p{L}\\p{N}]{2}$");
  ($words | length) as $length
  | any(indices($words)[] as $at | [.[$at - 1:$at + 1], .[$at + $length - 1:$at + $length + 1]];
      (.[0] | is_inside_word | not) and ($cut_off or (.[1] | is_inside_word | not)));

def is_invitation:
  "continue reading|keep reading|read (?:more|on|the rest|the full)|more" as $words
  | test("^(?:(?:\($words))\\b.{0,200}|[\\x{2192}\\x{bb}>]+)$"; "i");

# Whether a text has everything that an excerpt says. A mark of an omission, and after it an invitation to read on,
# are not compared. Where a tag was, either may have lost a space.
def has_excerpt($excerpt):
  flat as $text | ($text | gsub(" "; "")) as $letters
  | [$excerpt | flat | splits("\\s*\\[?(?:\\x{2026}|\\.\\.\\.)\\]?\\s*")]
  | length as $count | to_entries | map(select(.value != ""))
  | all(.[]; .key as $number | .value as $part | ($part | gsub(" "; "")) as $part_letters
      | ($text | has_words($part; $number < $count - 1))
        or (($part_letters | length) >= 40 and ($letters | contains($part_letters)))
        or ($number > 0 and ($part | is_invitation)));
