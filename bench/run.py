"""Run the measurements and keep what they print: ``python -m bench.run [NAME…]``.

All but those that are marked ``by_hand``, when none is named.

Each figure of figures.toml is a script; its output, the date and the machine go into
RESULTS.md, in the place of what the same figure printed before.
"""

import os
import platform
import re
import subprocess
import sys
import tempfile
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BENCH = Path(__file__).parent
RESULTS = BENCH / "RESULTS.md"


def machine() -> str:
    """Return what the machine is, without its name."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text("utf-8"))
    name = model[1] if model else platform.machine()
    return f"{cores} cores ({name}), {memory} GiB, Python {platform.python_version()}"


def keep(name: str, section: str) -> None:
    """Put a figure's section into RESULTS.md, in the place of its last one."""
    head, *sections = re.split(r"(?m)^(?=## )", RESULTS.read_text("utf-8"))
    others = [s for s in sections if not s.startswith(f"## {name}\n")]
    RESULTS.write_text(head + "".join(sorted([*others, section])), "utf-8")


def measure(name: str, figure: dict[str, Any]) -> bool:
    """Run one figure, show and keep what it printed; tell whether it met its targets."""
    with tempfile.TemporaryDirectory(prefix="takao-bench-") as folder:
        if "before" in figure:
            _run(figure["before"], folder).check_returncode()
        done = _run(figure["command"], folder)
    verdict = "targets met" if done.returncode == 0 else f"exit code {done.returncode}"
    print(f"== {name}: {verdict}\n{done.stdout}")
    day = datetime.now(UTC).date().isoformat()
    section = f"## {name}\n{day} · {machine()} · {verdict}\n```\n{done.stdout.rstrip()}\n```\n\n"
    keep(name, section)
    return done.returncode == 0


def _run(command: list[str], folder: str) -> subprocess.CompletedProcess[str]:
    arguments = [part.replace("{folder}", folder) for part in command]
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=BENCH.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )


def main(wanted: list[str]) -> int:
    """Run the named figures, or all; return the exit code."""
    figures = tomllib.loads((BENCH / "figures.toml").read_text("utf-8"))
    unknown = [name for name in wanted if name not in figures]
    if unknown:
        print(f"no such figure: {', '.join(unknown)}; there are {', '.join(figures)}")
        return 2
    usual = [name for name, figure in figures.items() if not figure.get("by_hand")]
    results = [measure(name, figures[name]) for name in wanted or usual]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
