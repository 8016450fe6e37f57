# LinkedIn.

def html: empty;

# The text of posts is "little text": a backslash before reserved characters, @[name](URN), and {hashtag|sign|word}.
def unescaped: gsub("\\\\(?<character>[|{}@\\[\\]()<>#\\\\*_~])"; .character);
def little_text: gsub(
  "\\\\(?<character>[|{}@\\[\\]()<>#\\\\*_~])"
  + "|@\\[(?<name>(?:\\\\[\\s\\S]|[^\\\\\\]])*)\\]\\s?\\(urn:li:\\w+:[\\w-]+\\)"
  + "|\\{hashtag\\|(?<sign>(?:\\\\[\\s\\S]|[^|\\\\])+)\\|(?<word>(?:\\\\[\\s\\S]|[^}\\\\])*)\\}";
  .character // (.name | values | unescaped) // (.sign + .word | unescaped)
);

def is_kind: IN("image", "video", "document");

# A file that is named by its URN, and the captions of a video, if the context has them.
def files($context): (.id | split(":")) as $urn | .id as $id
  | {
    identity: $id,
    type: (if ($urn | length) > 3 and ($urn[2] | is_kind) then $urn[2] else "document" end),
    alt_text: (.altText | filled)
  },
  ($context.files[$id] | objects | select(has("captions")) | {identity: "\($id)/captions", type: "document"});

def event_page: "https://www.linkedin.com/events/\(split(":")[-1])";

# What each kind of content has besides the text of the post: words, links, and files.
def contents: .content // {} | to_entries[] | .key as $kind | .value | values
  | if $kind == "media" then {files: [.]}
    elif $kind == "multiImage" then {files: .images}
    elif $kind == "article" then {
      words: [.title, .description],
      links: [.source],
      files: [select(.thumbnail | is_given) | {id: .thumbnail, altText: .thumbnailAltText}]
    }
    elif $kind == "poll" then {words: [.question, ([.options[]?.text | given | "- \(.)"] | join("\n"))]}
    elif $kind == "reference" then {links: [.id // "" | if startswith("urn:li:event:") then event_page else . end]}
    elif $kind == "carousel" then {
      words: [.cards[]?.media.title],
      links: [.cards[]?.landingPage],
      files: [.cards[]?.media | values | select(. != {})]
    }
    elif $kind == "celebration" then {words: [.type, .text], files: [.media | values | select(. != {})]}
    else empty end;

def post: .context as $context | .item | {
  text: [(.commentary // "" | little_text), (contents | .words[]?)] | paragraphs,
  title: (.content.media.title | filled),
  links: [(contents | .links[]?), .contentLandingPage | given] | distinct,
  media: [contents | .files[]? | files($context)],
  author_id: .author,
  visibility
};

# A post of another that mentions the page, or passes on one of its posts, as the notification has it.
def mention: .item.decoratedGeneratedActivity.share | {text: (.text // "" | little_text), author_id: .owner};

def comment_urn: (.["$URN"] | filled) // .commentUrn // "urn:li:comment:(\(.object),\(.id))";

# A part of a comment is a file, or a link. A part of an unknown type that has a URN counts as a file.
def part: {kind: (.type | filled // "IMAGE" | ascii_downcase), urn: [.entity // {} | .[] | strings][0], url};
def is_link:
  if parser < 4 then .kind | IN("image", "video") | not
  else (.kind | is_kind | not) and (.kind == "article" or .urn == null) end;

def comment: .item | comment_urn as $urn | [.content[]? | part] as $parts | {
  text: .message.text,
  links: [$parts[] | select(is_link) | .url | given] | distinct,
  media: [
    $parts | to_entries[] | .key as $number | .value | select(is_link | not)
    | {identity: ((.urn | filled) // "\($urn)/\($number)"), type: (if .kind | is_kind then .kind else "document" end)}
  ],
  author_id: .actor
};

# The URN of an image ends like that of its asset.
def picture: {identity: gsub(":digitalmediaAsset:"; ":image:"), type: "image"};

def address: [.line1, .line2, .city, .geographicArea, .postalCode, .country];

def profile: .item | {
  text: [
    .localizedDescription,
    ([
      ({"Also known as": .alternativeNames, "Specialties": .localizedSpecialties} | to_entries[]
        | select((.value // []) != []) | "\(.key): \(.value | join(", "))"),
      (.foundedOn.year | select(. != null and . != 0) | "Founded: \(.)"),
      (.locations[]?.address | address | map(given) | "Address: \(join(", "))")
    ] | join("\n"))
  ] | paragraphs,
  title: .localizedName,
  links: [.localizedWebsite | given],
  media: [.logoV2.original, .coverPhotoV2.original | given | picture],
  author_id: "urn:li:organization:\(.id)"
};

# A text in each of its languages.
def texts:
  [.localized // {} | to_entries | sort_by(.key)[] | .value | if type == "string" then . else .rawText end | given]
  | distinct;

def time: . / 1000 | floor | todate;

# Where an event takes place, with the lines that the text has of it.
def places: .type
  | (
    .inPerson | select((. // {}) != {})
    | ([(.address | address[]), (.venueDetails | texts[])] | map(given) | join(", ")) as $place
    | {lines: [(.endsAt | values | "Ends: \(time)"), ($place | given | "Place: \(.)")], url}
  ),
  (
    .online.format | ["external", "liveAudio", "liveVideo"][] as $name | .[$name] | values
    | {lines: [(.endsAt | values | "Ends: \(time)"), "Online: \($name)"], url}
  );

# LinkedIn may not say itself that an event was canceled. The context has those that only its list of all events has.
def event: .context as $context | .item | {
  text: [
    (.description | texts[]),
    ([
      (select(.cancelled or ("urn:li:event:\(.id)" | IN($context.canceled[]?))) | "Canceled"),
      (.startsAt | values | "Starts: \(time)"),
      (places | .lines[]),
      (.entryCriteria | given | "Entry: \(.)")
    ] | join("\n"))
  ] | join("\n\n") | stripped,
  title: (.name | texts | join(" / ")),
  links: [places | .url | given] | distinct,
  media: [.backgroundImage | given | picture],
  author_id: .organizer,
  visibility: .discoveryMode
};

def content:
  if .item | has("notificationId") then mention
  elif .item | has("organizer") then event
  elif .item | has("message") or has("actor") then comment
  elif .item | has("localizedName") then profile
  else post
  end;
