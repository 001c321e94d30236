"""Write the generated pages of docs/: ``generate.py [--check]`` (check: fail when one is old)."""

import sys
from pathlib import Path

from metadata.crosswalks.losses import table
from metadata.problem import LANGUAGES, problem_texts

DOCS = Path(__file__).parent
PROBLEMS_HEAD = """\
# Problems 問題

Generated from `metadata/problems/*.toml` by `make docs`. A check that finds something says it in
both languages with what to do; `error` rejects the file or record, `warning` and `notice` do not.
Words in braces are filled in by the check.

| code | severity | 訊息 · message | 怎麼辦 · remedy |
|---|---|---|---|
"""
ALL_PAGES = "## All pages\n"


LOSSES_HEAD = """\
# What each format carries 各格式保留的欄位

Generated from the crosswalks by `make docs`: ✓ a field that the format carries, — one that it has
no place for. Nothing is lost from the Record itself: `takao export jsonl` and the preserved
`record.json` hold all of it. See [metadata](metadata.md).

"""


def problems_page() -> str:
    """Return docs/problems.md."""
    rows = []
    for code, texts in sorted(problem_texts().items()):
        message, remedy = (
            "<br>".join(texts[f"{part}-{language}"].replace("|", "\\|") for language in LANGUAGES)
            for part in ("message", "remedy")
        )
        rows.append(f"| `{code}` | {texts['severity']} | {message} | {remedy} |\n")
    return PROBLEMS_HEAD + "".join(rows)


def index_page() -> str:
    """Return docs/README.md with the list of the other pages after its last heading."""
    head, heading, _ = (DOCS / "README.md").read_text("utf-8").partition(ALL_PAGES)
    titles = {f: f.read_text("utf-8").partition("\n")[0].lstrip("# ") for f in DOCS.glob("*.md")}
    rows = [f"- [{titles[f]}]({f.name})\n" for f in sorted(titles) if f.name != "README.md"]
    return head + heading + "".join(rows)


def main(arguments: list[str]) -> int:
    """Write or check every generated page; return the exit code."""
    losses = DOCS / "metadata-losses.md"
    pages = {DOCS / "problems.md": problems_page(), losses: LOSSES_HEAD + table()}
    pages[DOCS / "README.md"] = index_page()
    if "--check" not in arguments:
        for path, text in pages.items():
            path.write_text(text, "utf-8")
        return 0
    old = [p.name for p, text in pages.items() if not p.exists() or p.read_text("utf-8") != text]
    if old:
        sys.stderr.write(f"out of date, run `make docs`: {', '.join(old)}\n")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
