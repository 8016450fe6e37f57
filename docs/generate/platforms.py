"""docs/platforms/index.md: the table of all platforms, from what the connectors declare."""

from __future__ import annotations

from recordroom.imports import registry
from recordroom.platforms.contract import Platform
from recordroom.platforms.features import FEATURES
from recordroom.platforms.registry import list_names, load

HEAD = """# Platforms

<!-- Generated from the code by `make docs`; do not edit. -->

This table shows what recordroom captures from each platform. The page of a platform says which account and
permissions it needs, what its limits are, and what was not checked against the live platform.

- **yes**: captured.
- **no**: the API offers it, and recordroom does not capture it.
- **–**: the API does not offer it, or the platform has no such thing.

The reasons follow the table.

"""
TOCTREE = """
```{{toctree}}
:hidden:

{names}
```
"""
OURS = {
    "renewal": "The token is renewed automatically",
    "consent": "Consent in the browser (`recordroom connect`)",
    "download": "The platform's own download can be imported",
}


def write_page() -> str:
    """Return the page as Markdown."""
    platforms = [load(name).PLATFORM for name in list_names()]
    heads = [f"[{platform.title}]({platform.name}.md)" for platform in platforms]
    lines = [f"| Feature | {' | '.join(heads)} |", f"|---|{'---|' * len(platforms)}"]
    for feature, title in {**FEATURES, **OURS}.items():
        lines.append(f"| {title} | {' | '.join(_cell(platform, feature) for platform in platforms)} |")
    reasons = [line for platform in platforms for line in _list_reasons(platform)]
    tree = TOCTREE.format(names="\n".join(platform.name for platform in platforms))
    return f"{HEAD}{_join(lines)}\n## Why something is not captured\n\n{_join(reasons)}{tree}"


def _join(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _cell(platform: Platform, feature: str) -> str:
    if feature in ("renewal", "consent"):
        return "yes" if getattr(platform, feature) else "–"
    if feature == "download":
        forms = (registry.find_importer(name).FORM for name in registry.list_forms())
        return "yes" if any(platform.name in form.platforms for form in forms) else "no"
    return "–" if feature in platform.not_offered else "no" if feature in platform.not_captured else "yes"


def _list_reasons(platform: Platform) -> list[str]:
    """Return a list item for a platform, with one reason a line; nothing if there is none.

    Something that does not exist on the platform needs no reason.
    """
    missing = {**platform.not_captured, **platform.not_offered}
    reasons = [
        f"{FEATURES[name].partition(':')[0]}: {why}"
        for name, why in missing.items()
        if why != "there are none"
    ]
    if platform.missing_if_anonymous:
        reasons.append(f"Without a token, these are not captured: {platform.missing_if_anonymous}")
    if platform.messages_note and not platform.reads_messages:
        reasons.append(f"How to keep private messages: {platform.messages_note}")
    return [f"- **{platform.title}**", *(f"  - {reason}." for reason in reasons)] if reasons else []
