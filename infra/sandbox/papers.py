"""Documents made in code: PDF files, the same bytes on every machine.

The structure is that of ISO 32000-1, section 7.5.
"""

from functools import cache

FONT = "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"


def _shown(text: str) -> str:
    """Return the content of a PDF string; "?" replaces characters outside of ASCII."""
    return (
        text.encode("ascii", "replace").decode().replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    )


@cache
def pdf(title: str, pages: int) -> bytes:
    """Return the bytes of a PDF."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(pages))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>"]
    for number in range(pages):
        words = f"BT /F1 18 Tf 72 720 Td ({_shown(title)}, page {number + 1}) Tj ET"
        page = (
            f"/Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << {FONT} >> /Contents"
            f" {4 + 2 * number} 0 R"
        )
        objects += [f"<< {page} >>", f"<< /Length {len(words)} >>\nstream\n{words}\nendstream"]
    body, places = "%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()
