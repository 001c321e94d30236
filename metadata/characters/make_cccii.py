"""Make cccii.txt: ``make_cccii.py Unihan_OtherMappings.txt``.

The argument is that file of the Unihan database (Unicode 15.0, Unicode licence). Written are the
CCCII codes (kCCCII) that MARC-8's EACC table has not: EACC is the part of CCCII that libraries
outside Taiwan took over, with the same codes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pymarc.marc8_mapping import CODESETS

_EACC = 0x31


def main(source: Path) -> None:
    """Write the table beside this script: code, character."""
    found: dict[int, str] = {}
    for line in source.read_text("utf-8").splitlines():
        name, _, rest = line.partition("\tkCCCII\t")
        for code in rest.split():
            found.setdefault(int(code, 16), chr(int(name.replace("U+", "0x"), 0)))
    rows = [f"{code:06X}\t{c}" for code, c in sorted(found.items()) if code not in CODESETS[_EACC]]
    Path(__file__).with_name("cccii.txt").write_text("\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
