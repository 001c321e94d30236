"""What is committed speaks of Takao alone: no machine's folders, no package registry's address."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
# In brackets, so that this file does not find itself.
REGISTRIES = (
    r"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|maven[.]org|deb[.]debian[.]org"
    r"|crates[.]io|proxy[.]golang[.]org|docker[.]elastic[.]co"
)
FOLDERS = r"(?<![\w.}])/(?:wor[k]|roo[t]|tmp/ven[v]|User[s])/"
PATTERN = re.compile(f"{REGISTRIES}|{FOLDERS}")


def committed():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listing.stdout.decode().split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in content[:8000]:
            yield name, content.decode("utf-8", "replace")


def test_no_machine_and_no_registry_is_named():
    found = []
    for name, text in committed():
        found += [f"{name}: {match[0]}" for match in PATTERN.finditer(text)]
    assert found == []


def test_nothing_unfinished_is_marked():
    word = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
    source = [(n, t) for n, t in committed() if n.endswith((".py", ".sh", ".js", ".html", ".toml"))]
    vendored = "viewer/static/"
    assert [n for n, t in source if not n.startswith(vendored) and word.search(t)] == []
