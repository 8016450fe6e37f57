# What the rules of all connectors use. $html has what html_text.py reads of each HTML text.
def html_text: $html[.].text;
def html_links: $html[.].links;
def html_images: $html[.].images;

def filled: if . == "" then null else . end;
def paragraphs: map(select(. != null and . != "")) | join("\n\n");
def distinct: reduce .[] as $one ([]; if any(.[]; . == $one) then . else . + [$one] end);

# The path of an address, without its query and fragment.
def path_of: capture("^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*(?<path>[^?#]*)").path;

# Text on one line: each run of white space and control characters is one space.
def one_line:
  gsub("[\\x{0}-\\x{1f}\\x{7f}-\\x{9f}\\x{2028}\\x{2029}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}\\s]+"; " ")
  | ltrimstr(" ") | rtrimstr(" ");

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
