"""How the house is built: no circle of files, no crowded folder, nobody above the roof.

import-linter proves which way packages and rooms point. What it cannot see stands here: takao.py,
which is no package, and circles that run through several rooms.
"""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("repository", "ingest", "search", "viewer", "metadata", "storage")
MOST_FILES = 20
# The only state of a process: what it has loaded or opened, kept while it lives. A task reaches a
# worker by its arguments alone, so it finds these by name.
ALIVE = {
    "ingest.work.tasks._engines",
    "ingest.stored_file.store_at",
    "repository.boxes._of_threads",
    "storage.images.sandbox._warm",
    "viewer.iiif.image.render._opened",
}
VALUES = {
    "Any", "District", "Era", "NDArray", "NullTranslations", "Pattern", "PlaceName", "None",
    "bool", "bytes", "date", "dict", "frozenset", "int", "np", "re", "str", "tuple", "list",
    "uint32", "uint8",
}  # fmt: skip
SEAMS = {
    "storage.blobs": {"BlobStore"},
    "repository.catalogue.works": {"Works"},
    "repository.catalogue.steps": {"Steps"},
    "repository.catalogue.changes": {"Changes"},
    "repository.catalogue.outbox": {"Outbox"},
    "search.backend": {"SearchBackend"},
    "ingest.reading.engine": {"OcrEngine"},
    "ingest.work.workers": {"Workers"},
}
MOST_METHODS = 12
HEAVY = (
    "PIL", "babel", "cv2", "distributed", "elasticsearch", "fastapi", "iiif_prezi3", "lxml",
    "multiprocessing", "numpy", "onnxruntime", "orjson", "pyvips", "sqlalchemy",
)  # fmt: skip


def files() -> dict[str, Path]:
    """Every module of the product, by its name."""
    found = [ROOT / "takao.py", *(p for name in PACKAGES for p in (ROOT / name).rglob("*.py"))]
    parts = {path: path.relative_to(ROOT).with_suffix("").parts for path in found}
    return {".".join(p[:-1] if p[-1] == "__init__" else p): path for path, p in parts.items()}


def imported(source: str, known: Collection[str]) -> Iterator[str]:
    """The modules that a source imports anywhere: at the top, type-only, inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "the house imports by full names"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in known else str(node.module)


def imports(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Return each module's imports among ``sources``."""
    return {
        module: {name for name in imported(source, sources) if name in sources} - {module}
        for module, source in sources.items()
    }


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    return imports({module: path.read_text("utf-8") for module, path in files().items()})


def test_there_is_no_circle_of_files(graph):
    assert len(graph) > 250
    assert sum(map(len, graph.values())) > 900
    assert circle(graph) == []


@pytest.mark.parametrize(
    "back",
    [
        "from a import b",
        "import a.b",
        "from a.b import name",
        "if TYPE_CHECKING:\n    from a.b import name",
        "def f():\n    from a.b import name",
    ],
)
def test_a_circle_is_seen_however_it_is_imported(back):
    sources = {"a": "", "a.b": "from c import name", "c": back}
    assert set(circle(imports(sources))) == {"a.b", "c"}


def test_nobody_imports_the_composition_root(graph):
    assert [module for module, names in graph.items() if "takao" in names] == []


def test_only_the_composition_root_imports_ingest(graph):
    outside = {m: n for m, n in graph.items() if m != "takao" and not m.startswith("ingest")}
    assert [m for m, names in outside.items() if any(n.startswith("ingest") for n in names)] == []


def test_no_folder_is_crowded():
    folders = {path.parent for path in files().values()} - {ROOT}
    held = {folder.relative_to(ROOT): len(list(folder.glob("*.py"))) for folder in folders}
    assert {folder: n for folder, n in held.items() if n > MOST_FILES} == {}


def cached(source: str) -> Iterator[tuple[str, set[str]]]:
    """Functions that keep what they return, with the names in the type of that."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            kept = [ast.unparse(decorator).partition("(")[0] for decorator in node.decorator_list]
            if {"cache", "lru_cache"} & {name.rpartition(".")[2] for name in kept}:
                parts = ast.walk(node.returns)
                names = {p.id if isinstance(p, ast.Name) else getattr(p, "attr", "") for p in parts}
                yield node.name, names - {""}


def test_caches_hold_values_but_for_what_a_process_has_opened():
    found = {
        f"{module}.{name}"
        for module, path in files().items()
        for name, types in cached(path.read_text("utf-8"))
        if types - VALUES
    }
    assert found == ALIVE


def protocols(source: str) -> dict[str, list[ast.FunctionDef]]:
    """The methods of each Protocol in a source."""
    classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    return {
        one.name: [method for method in one.body if isinstance(method, ast.FunctionDef)]
        for one in classes
        if any(ast.unparse(base) == "Protocol" for base in one.bases)
    }


@pytest.mark.parametrize("module", SEAMS)
def test_a_seam_is_small_and_says_what_holds(module):
    found = protocols(files()[module].read_text("utf-8"))
    assert set(found) == SEAMS[module]
    for methods in found.values():
        assert len(methods) <= MOST_METHODS
        assert [method.name for method in methods if not ast.get_docstring(method)] == []


@pytest.mark.parametrize("module", SEAMS)
def test_a_seam_imports_nothing_heavy(module):
    script = f"import sys, {module}; print(*sorted(set(sys.modules) & {set(HEAVY)!r}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
    assert done.stdout.split() == []
