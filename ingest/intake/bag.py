"""BagIt 1.0 bags (RFC 8493): a Work's object written as one, and a submitted one checked."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from metadata.problem import Problem, problem
from repository import preserved
from repository.errors import NotFoundError
from storage.blobs import checked_path
from storage.digests import digests_of
from storage.errors import BadPathError
from storage.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from repository.preserved import PreservedWork
    from storage.ocfl.store import ObjectStore

_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_DECLARED = re.compile(
    r"\ufeff?BagIt-Version:\s*(\d+\.\d+)\s*\nTag-File-Character-Encoding:\s*(\S+)\s*"
)
_VERSIONS = {"0.93", "0.94", "0.95", "0.96", "0.97", "1.0"}
_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)")
_ALGORITHMS = {"md5", "sha1", "sha256", "sha512"}
_ESCAPED = re.compile(r"%(0[AaDd]|25)")


@dataclass(frozen=True, slots=True)
class Bag:
    """A bag as found: ``payload`` by path below ``data/`` (NFC), ``info`` from bag-info.txt.

    With an error among ``problems`` the bag is not to be taken in.
    """

    payload: Mapping[str, Path] = field(default_factory=dict)
    info: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Tell whether no Problem is an error."""
        return all(p.severity != "error" for p in self.problems)


def write_bag(objects: ObjectStore, work: str, folder: Path) -> Path:
    """Write all files of a Work's newest version as a bag in ``folder``, which must not exist.

    The bag appears whole or not at all. Raises NotFoundError without such an object,
    FileExistsError, DamagedObjectError when a stored file is not what it was.
    """
    name = preserved.object_id(work)
    version = objects.version(name)
    if version is None:
        raise NotFoundError(f"沒有這件作品 no such work: {work}")
    if folder.exists():
        raise FileExistsError(folder)
    with whole(folder) as draft:
        size = 0
        for path in version.state:
            target = draft / "data" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                for piece in objects.chunks(name, path):
                    size += out.write(piece)
        (draft / "data").mkdir(parents=True, exist_ok=True)
        manifest = {f"data/{path}": digest for path, digest in version.state.items()}
        _write_tags(draft, work, manifest, f"{size}.{len(manifest)}")
    return folder


def _write_tags(draft: Path, work: str, manifest: Mapping[str, str], oxum: str) -> None:
    info = {
        "Bag-Software-Agent": "Takao",
        "Bagging-Date": datetime.now(UTC).date().isoformat(),
        "External-Identifier": work,
        "Payload-Oxum": oxum,
    }
    tags = {
        "bagit.txt": _DECLARATION,
        "bag-info.txt": "".join(f"{label}: {text}\n" for label, text in info.items()).encode(),
        "manifest-sha512.txt": _manifest(manifest),
    }
    tags["tagmanifest-sha512.txt"] = _manifest(
        {name: hashlib.sha512(content).hexdigest() for name, content in tags.items()}
    )
    for name, content in tags.items():
        (draft / name).write_bytes(content)


def _manifest(digests: Mapping[str, str]) -> bytes:
    escapes = {ord("%"): "%25", ord("\n"): "%0A", ord("\r"): "%0D"}
    lines = (f"{digest}  {path.translate(escapes)}\n" for path, digest in sorted(digests.items()))
    return "".join(lines).encode()


def work_in(bag: Bag) -> PreservedWork | None:
    """Return the Work whose object was exported as this bag; None for a bag from elsewhere.

    Raises ValueError when its documents are damaged or of a newer schema.
    """
    names = (preserved.RECORD, preserved.STRUCTURE, preserved.EVENTS)
    if not all(name in bag.payload for name in names):
        return None
    return preserved.read({name: bag.payload[name].read_bytes() for name in names})


def read_bag(folder: Path) -> Bag:
    """Check a bag wholly, digests included. Whatever is wrong is a Problem, never an exception.

    Fetches nothing: a bag with fetch.txt is incomplete. Links are not followed.
    """
    problems: list[Problem] = []
    try:
        encoding = _declaration(folder, problems)
        if encoding is None:
            return Bag(problems=tuple(problems))
        payload, others = _files(folder, problems)
        info = _info(folder, encoding)
        _manifests(_Check(folder, encoding, payload, others, problems))
        if (folder / "fetch.txt").is_file():
            problems.append(problem("bag-to-be-fetched", str(folder / "fetch.txt")))
        _oxum(folder, info, payload, problems)
    except OSError as error:
        where = str(error.filename or folder)
        problems.append(problem("file-unreadable", where, reason=error.strerror or str(error)))
        return Bag(problems=tuple(problems))
    except ValueError as error:
        problems.append(problem("bag-tag-unreadable", str(folder), reason=str(error)))
        return Bag(problems=tuple(problems))
    kept = {name.removeprefix("data/"): path for name, path in payload.items()}
    return Bag(kept, info, tuple(problems))


def _declaration(folder: Path, problems: list[Problem]) -> str | None:
    """Return the encoding of the tag files; None when there is no usable declaration."""
    path = folder / "bagit.txt"
    match = None
    if path.is_file():
        match = _DECLARED.fullmatch(path.read_bytes().decode("utf-8", "replace").replace("\r", ""))
    if match is None or match[1] not in _VERSIONS:
        problems.append(problem("bag-undeclared", str(path)))
        return None
    try:
        "".encode(match[2])
    except LookupError:
        problems.append(problem("bag-tag-unreadable", str(path), reason=match[2]))
        return None
    return match[2]


def _files(folder: Path, problems: list[Problem]) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the payload and the other files by path in NFC; links are Problems."""
    payload: dict[str, Path] = {}
    others: dict[str, Path] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_symlink() or not p.is_dir()):
        name = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        if path.is_symlink() or not path.is_file():
            problems.append(problem("link-outside", str(path)))
        elif name in payload:
            problems.append(problem("bag-file-twice", str(path)))
        elif name.startswith("data/"):
            payload[name] = path
        else:
            others[name] = path
    return payload, others


@dataclass(frozen=True, slots=True)
class _Check:
    """A bag on its way through the check: files by path in the bag, Problems as they are found."""

    folder: Path
    encoding: str
    payload: Mapping[str, Path]
    others: Mapping[str, Path]
    problems: list[Problem]

    def add(self, code: str, name: str, **values: object) -> None:
        self.problems.append(problem(code, str(self.folder / name), **values))


def _manifests(check: _Check) -> None:
    """Read the manifests, and read each file once for all their algorithms."""
    expected: dict[str, dict[str, str]] = {}
    payload_manifests = 0
    for name in sorted(check.others):
        match = _MANIFEST.fullmatch(name)
        if match is None:
            continue
        if match[2] not in _ALGORITHMS:
            check.add("bag-algorithm-unknown", name, algorithm=match[2])
            continue
        listed = _listed(check, name, is_payload=match[1] is None)
        for path, digest in listed.items():
            expected.setdefault(path, {})[match[2]] = digest
        if match[1] is None:
            payload_manifests += 1
            for path in sorted(check.payload.keys() - listed.keys()):
                check.add("bag-file-extra", path, manifest=name)
    if payload_manifests == 0:
        check.add("bag-without-manifest", "")
    _compare(check, expected)


def _compare(check: _Check, expected: Mapping[str, Mapping[str, str]]) -> None:
    """Compare each listed file with its digests by algorithm."""
    for path, digests in sorted(expected.items()):
        file = check.payload.get(path) or check.others.get(path)
        if file is None:
            check.add("bag-file-missing", path)
        elif digests_of(file, tuple(digests)) != tuple(digests.values()):
            check.add("bag-digest-wrong", path, algorithms=", ".join(digests))


def _listed(check: _Check, manifest: str, *, is_payload: bool) -> dict[str, str]:
    """Return digest by path of a manifest, without the lines that are Problems."""
    listed: dict[str, str] = {}
    known = check.payload if is_payload else check.others
    for number, line in enumerate(_lines(check.others[manifest], check.encoding), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            check.add("bag-line-unreadable", manifest, line=number)
            continue
        path = _path(match[2], known)
        try:
            checked_path(path)
        except BadPathError:
            check.add("bag-path-hostile", manifest, line=number, path=repr(path))
            continue
        if path.startswith("data/") != is_payload:
            check.add("bag-path-hostile", manifest, line=number, path=repr(path))
        elif listed.setdefault(path, match[1].lower()) != match[1].lower():
            check.add("bag-file-twice", path)
    return listed


def _path(written: str, known: Mapping[str, Path]) -> str:
    """Undo RFC 8493's escapes of %, CR and LF, unless the writer did not know of them."""
    written = unicodedata.normalize("NFC", written.strip().removeprefix("./"))
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), written)
    return written if plain not in known and written in known else plain


def _lines(path: Path, encoding: str) -> Iterator[str]:
    text = path.read_bytes().decode(encoding).removeprefix("\ufeff")
    return (line for line in re.split(r"\r\n|\r|\n", text) if line.strip())


def _info(folder: Path, encoding: str) -> dict[str, str]:
    info: dict[str, str] = {}
    label = ""
    if not (folder / "bag-info.txt").is_file():
        return info
    for line in _lines(folder / "bag-info.txt", encoding):
        if line[0] in " \t" and label:
            info[label] += f" {line.strip()}"
            continue
        label, _, text = line.partition(":")
        label = label.strip()
        info[label] = text.strip()
    return info


def _oxum(
    folder: Path, info: Mapping[str, str], payload: Mapping[str, Path], problems: list[Problem]
) -> None:
    stated = info.get("Payload-Oxum")
    if stated is None:
        return
    found = f"{sum(path.stat().st_size for path in payload.values())}.{len(payload)}"
    if stated != found:
        where = str(folder / "bag-info.txt")
        problems.append(problem("bag-oxum-wrong", where, stated=stated, found=found))
