"""Print docs/platforms/README.md, the table of all platforms.

Its content comes from the connectors.

.venv/bin/python docs/print_platforms.py > docs/platforms/README.md
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from recordroom.imports import registry  # noqa: E402 (the checkout is not installed)
from recordroom.platforms.contract import Platform  # noqa: E402
from recordroom.platforms.features import FEATURES  # noqa: E402
from recordroom.platforms.registry import list_names, load  # noqa: E402

HEAD = """# Platforms

<!-- Printed by docs/print_platforms.py from the code; do not edit. -->

What is captured of each platform. Each page says how, with which account and permissions, and what was not
checked against the live platform.

**yes**: captured. **no**: the API has it, and no capture reads it. **–**: not offered by the API, or the
platform has no such thing. The reasons are below the table.

"""
OURS = {
    "renewal": "Token renewed without a person",
    "consent": "Consent in the browser (`recordroom connect`)",
    "download": "The platform's own download can be imported",
}


def page() -> str:
    """Return the complete page."""
    platforms = [load(name).PLATFORM for name in list_names()]
    heads = [f"[{platform.title}]({platform.name}.md)" for platform in platforms]
    lines = [f"| | {' | '.join(heads)} |", f"|---|{'---|' * len(platforms)}"]
    for feature, title in {**FEATURES, **OURS}.items():
        lines.append(f"| {title} | {' | '.join(_cell(platform, feature) for platform in platforms)} |")
    reasons = [line for platform in platforms for line in _reasons(platform)]
    return HEAD + "\n".join(lines) + "\n\n## Why not\n\n" + "\n".join(reasons) + "\n"


def _cell(platform: Platform, feature: str) -> str:
    if feature in ("renewal", "consent"):
        return "yes" if getattr(platform, feature) else "–"
    if feature == "download":
        forms = (registry.find_importer(name).FORM for name in registry.list_forms())
        return "yes" if any(platform.name in form.platforms for form in forms) else "no"
    return "–" if feature in platform.not_offered else "no" if feature in platform.not_captured else "yes"


def _reasons(platform: Platform) -> list[str]:
    """Return one paragraph for a platform, or nothing.

    Something that does not exist on the platform needs no reason.
    """
    told = {**platform.not_captured, **platform.not_offered}
    words = [
        f"{FEATURES[name].partition(':')[0].lower()}: {why}"
        for name, why in told.items()
        if why != "there are none"
    ]
    words += (
        [f"without a token these are not read: {platform.missing_if_anonymous}"]
        if platform.missing_if_anonymous
        else []
    )
    words += (
        [f"how to keep private messages: {platform.messages_note}"]
        if platform.messages_note and not platform.reads_messages
        else []
    )
    return [f"- **{platform.title}**. {'; '.join(words)}."] if words else []


if __name__ == "__main__":
    sys.stdout.write(page())
