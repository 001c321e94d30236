#!/bin/sh
# Make .venv hold what a lock file says: environment.sh run|dev
#
# Packages come with the hashes of the lock files or not at all; what has to be built is built
# with the tools of requirements-build.lock. A stamp with the locks' digest tells the next call
# that there is nothing to do; dev holds all of run.
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
    run) lock=requirements.lock also= ;;
    dev) lock=requirements-dev.lock also=requirements-schemas.lock ;;
    *) sed -n '2s/^# //p' "$0" >&2; exit 2 ;;
esac
# The lock, and what an editable install records: entry points and version. The place counts too,
# since a moved .venv does not work.
digest() {
    setup/python.sh -c 'import hashlib, pathlib as p, sys
parts = [str(p.Path.cwd()).encode(), *(p.Path(n).read_bytes() for n in sys.argv[1:])]
print(hashlib.sha256(b"\n".join(parts)).hexdigest())' "$@" pyproject.toml
}
holds() { [ -x .venv/bin/takao ] && [ "$(cat ".venv/$1.stamp" 2>/dev/null)" = "$(digest "$lock" $also)" ]; }

holds "$1" && exit 0
echo "準備 Python 環境 Preparing the Python environment (.venv, $lock)"
setup/system-packages.sh python
.venv/bin/python -m pip --version >/dev/null 2>&1 || setup/python.sh -m venv --clear .venv
pip() { .venv/bin/python -m pip -q --disable-pip-version-check "$@"; }
pip install --require-hashes -r requirements-build.lock
pip install --require-hashes --no-build-isolation -r "$lock"
pip install --no-deps --no-build-isolation --no-index -e .
digest requirements.lock > .venv/run.stamp
if [ "$lock" = requirements-dev.lock ]; then
    setup/schemas.sh
    digest "$lock" "$also" > .venv/dev.stamp
fi
