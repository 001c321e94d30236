#!/bin/sh
# Make .venv hold what a lock file says: environment.sh run|dev
#
# Packages come with the hashes of the lock file or not at all. A stamp with the lock's digest
# tells the next call that there is nothing to do; dev holds all of run.
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
    run) lock=requirements.lock stamps=run ;;
    dev) lock=requirements-dev.lock stamps="run dev" ;;
    *) sed -n '2s/^# //p' "$0" >&2; exit 2 ;;
esac
# The lock, and what an editable install records: entry points and version. The place counts too,
# since a moved .venv does not work.
digest() { (pwd; cat "$@" pyproject.toml) | sha256sum | cut -d' ' -f1; }
holds() { [ -x .venv/bin/takao ] && [ "$(cat ".venv/$1.stamp" 2>/dev/null)" = "$(digest "$2")" ]; }

holds "$1" "$lock" && exit 0
echo "準備 Python 環境 Preparing the Python environment (.venv, $lock)"
[ -x .venv/bin/python ] || setup/python.sh -m venv .venv
.venv/bin/python -m pip install -q --require-hashes -r "$lock"
.venv/bin/python -m pip install -q --no-deps --no-build-isolation --no-index -e .
for stamp in $stamps; do
    [ "$stamp" = run ] && digest requirements.lock > .venv/run.stamp
    [ "$stamp" = dev ] && digest requirements-dev.lock > .venv/dev.stamp
done
