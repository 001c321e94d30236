"""Change the pure modules in small ways, and count the changes that their tests notice.

``python -m bench.mutants [GROUP…]`` makes mutants with mutmut, of the files of each group of
mutants.toml, in a copy of the source, and runs the group's tests on each. A mutant is *killed*
when a test fails or does not end; one that mutants.toml shows to be equivalent does not count.
With ``--keep FOLDER`` the copy stays, and a second run there tries only what survived.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

BENCH = Path(__file__).parent
ROOT = BENCH.parent
PACKAGES = ("metadata", "storage", "repository", "ingest", "search", "viewer")
TARGET = 0.85
_KILLED = ("killed", "timeout", "segfault")
# Few examples, always the same ones. Names of tests as they are: pytest escapes those that are
# given in a list once more each time it runs in a process.
_PYTEST = [
    "-q",
    "--hypothesis-profile=mutants",
    "-m=not slow and not live",
    "-pno:cacheprovider",  # it cannot write names with lone surrogates
    "-o=disable_test_id_escaping_and_forfeit_all_rights_to_community_support=true",
]
_OWN_CACHE = "from mutants_cache import cache\n"
# Mutants that never end are given up soon.
_OPTIONS = {
    "source_paths": [*PACKAGES],
    "also_copy": ["mutants_cache.py"],
    "pytest_add_cli_args": _PYTEST,
    "timeout_multiplier": 3.0,
    "timeout_constant": 2.0,
}


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A change that no test can notice: where, the line that it makes, and why."""

    function: str
    line: str
    why: str


@dataclass(frozen=True, slots=True)
class Group:
    """Files, the functions of them that count (all when none is named), and their tests."""

    files: list[str]
    tests: list[str]
    functions: list[str] = field(default_factory=list)
    equivalent: list[dict[str, str]] = field(default_factory=list)

    def patterns(self) -> list[str]:
        """Return the mutants that count, as mutmut names them; none for all of the files."""
        modules = [path.removesuffix(".py").replace("/", ".") for path in self.files]
        mangled = [f"xǁ{f.replace('.', 'ǁ')}" if "." in f else f"x_{f}" for f in self.functions]
        return [f"{module}.{name}__mutmut_*" for module in modules for name in mangled]


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no test noticed: its function, and the lines that differ, as in a diff."""

    name: str
    function: str
    lines: tuple[str, ...]

    def is_(self, known: Equivalent) -> bool:
        """Tell whether this is a change that is known to be none."""
        return self.function == known.function and f"+ {known.line}" in self.lines


def prepare(folder: Path, group: Group) -> None:
    """Copy the source and the tests into a folder, with mutmut's settings."""
    for name in (*PACKAGES, "tests"):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted, dirs_exist_ok=True)
    shutil.copy(BENCH / "mutants_cache.py", folder)
    for path in group.files:
        source = (folder / path).read_text("utf-8")
        (folder / path).write_text(uncached(source), "utf-8")
    options = {**_OPTIONS, "only_mutate": group.files}
    options["pytest_add_cli_args_test_selection"] = group.tests
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    lines = [f"{key} = {json.dumps(value)}" for key, value in options.items()]
    text = "\n".join((settings, "[tool.mutmut]", *lines, ""))
    (folder / "pyproject.toml").write_text(text, "utf-8")


def uncached(source: str) -> str:
    """Return a module in which what was decorated with ``cache`` is a plain function to mutmut.

    mutmut leaves decorated functions alone.
    """
    names = re.findall(r"(?m)^@cache\ndef (\w+)", source)
    source = re.sub(r"(?m)^@cache\n(?=def )", "", source)
    source = re.sub(r"(?m)^(from functools import .*?)\bcache\b,? ?", r"\1", source)
    source = re.sub(r"(?m)^from functools import $\n", "", source)
    source = re.sub(r"(?m)(?=^(?:import|from) (?!__future__))", _OWN_CACHE, source, count=1)
    return source + "".join(f"{name} = cache({name})\n" for name in names)


def run(folder: Path, only: list[str]) -> None:
    """Make the mutants and try them, one at a time. Raises CalledProcessError."""
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1", *only]
    with (folder / "mutmut.log").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            command, cwd=folder, env=_environment(), stdout=log, stderr=log, check=False
        )
    if done.returncode:
        tail = (folder / "mutmut.log").read_text("utf-8", "replace")[-3000:]
        raise SystemExit(f"mutmut ended with {done.returncode}:\n{tail}")


def _environment() -> dict[str, str]:
    """Return our own environment; names of tests may hold what no encoding takes."""
    whole = {**os.environ}  # noqa: TID251  # PATH and the rest
    return {**whole, "PYTHONIOENCODING": "utf-8:backslashreplace"}


def results(folder: Path, group: Group) -> dict[str, tuple[str, str]]:
    """Return of each mutant its file and what became of it."""
    found = {}
    for path in group.files:
        meta = json.loads((folder / "mutants" / f"{path}.meta").read_text("utf-8"))
        for name, code in meta["exit_code_by_key"].items():
            if not group.functions or function_of(name, path) in group.functions:
                found[name] = path, status_by_exit_code[code]
    return found


def function_of(name: str, path: str) -> str:
    """Return the function of a mutant: Era.year of metadata.calendar.eras.xǁEraǁyear__mutmut_1."""
    local = name.removeprefix(path.removesuffix(".py").replace("/", ".") + ".")
    mangled = local.rpartition("__mutmut_")[0]
    return mangled[2:].replace("ǁ", ".") if mangled.startswith("xǁ") else mangled[2:]


def survivor(folder: Path, name: str, path: str) -> Survivor:
    """Return what a mutant changes."""
    with contextlib.chdir(folder):
        diff = get_diff_for_mutant(name, path=path)
    lines = [f"{line[0]} {line[1:].strip()}" for line in diff.splitlines()[2:] if line[0] in "-+"]
    module = path.removesuffix(".py").replace("/", ".")
    return Survivor(name, f"{module}.{function_of(name, path)}", tuple(lines))


def check(folder: Path, group: Group) -> None:
    """Refuse tests that cannot be found by their names a second time in one process.

    mutmut would take them for tests that fail, and every mutant for killed.
    """
    with (folder / "mutants" / "mutmut-stats.json").open(encoding="utf-8") as stats:
        names = sorted(json.load(stats)["duration_by_test"])
    calls = [[*_PYTEST, *group.tests], [*_PYTEST, *names]]
    script = f"import pytest\nfor args in {calls!r}: code = pytest.main(args)\nexit(code)"
    environment = {**_environment(), "MUTANT_UNDER_TEST": ""}
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command,
        cwd=folder / "mutants",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the tests do not pass twice in one process:\n{done.stdout[-2000:]}")


def measure(name: str, group: Group, folder: Path) -> bool:
    """Run one group; print its figures and what survived; tell whether all met the target."""
    tried_before = (folder / "mutants").exists()
    prepare(folder, group)
    run(folder, group.patterns())
    if tried_before:
        run(folder, [n for n, (_, state) in results(folder, group).items() if state not in _KILLED])
    check(folder, group)
    found = results(folder, group)
    known = [Equivalent(e["function"], e["line"], e["why"]) for e in group.equivalent]
    met = True
    for path in group.files:
        states = {mutant: state for mutant, (of, state) in found.items() if of == path}
        met &= figure(name, path, states, folder, known)
    return met


def figure(
    name: str, path: str, states: dict[str, str], folder: Path, known: list[Equivalent]
) -> bool:
    """Print what survived of the mutants of one file, and the share that was killed."""
    alive = [survivor(folder, m, path) for m, state in states.items() if state not in _KILLED]
    open_ = [s for s in alive if not any(s.is_(k) for k in known)]
    for s in open_:
        print("\n  ".join((f"{states[s.name]}: {s.function}", *s.lines)))
    module = path.removesuffix(".py").replace("/", ".")
    for k in known:
        if k.function.startswith(f"{module}.") and not any(s.is_(k) for s in alive):
            print(f"not among the survivors: {k.function}: {k.line}")
    same = len(alive) - len(open_)
    score = 1 - len(open_) / (len(states) - same)
    verdict = "met" if score >= TARGET else "MISSED"
    print(
        f"{verdict}: {name}: {path}: {len(states)} mutants, {same} equivalent, "
        f"{len(states) - len(alive)} killed: {score:.1%}, at least {TARGET:.0%}",
        flush=True,
    )
    return score >= TARGET


def main() -> int:
    """Run the named groups, or all; return the exit code."""
    table = tomllib.loads((BENCH / "mutants.toml").read_text("utf-8"))
    groups = {name: Group(**values) for name, values in table.items()}
    parser = argparse.ArgumentParser(prog="bench.mutants")
    parser.add_argument("groups", nargs="*", choices=[*groups, []])
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    met = True
    for name in given.groups or groups:
        with tempfile.TemporaryDirectory(prefix="takao-mutants-") as temporary:
            folder = given.keep.absolute() / name if given.keep else Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            met &= measure(name, groups[name], folder)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
