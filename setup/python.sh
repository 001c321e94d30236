#!/bin/sh
# Run the newest suitable Python (3.11 or later): python.sh ARGUMENT…  ($PYTHON comes first)
for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$name" "$@"
    fi
done
echo "需要 Python 3.11 以上 Takao needs Python 3.11 or later (set PYTHON to name it)" >&2
exit 1
