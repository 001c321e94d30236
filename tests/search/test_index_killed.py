"""An indexer that is killed loses nothing: what is drained after it answers as brute force does."""

import os
import subprocess
import sys
import time
from pathlib import Path

from bench.search import parity
from bench.search.oracle import cases

ROOT = Path(__file__).parents[2]
PAGES, EACH, KILLS = 250, 2, 6
DRAIN = """
import sys
from pathlib import Path
from repository.sql.catalogue import open_catalogue
from search.embedded.engine import EmbeddedBackend
from search.indexer import Indexer
Indexer(open_catalogue(sys.argv[1]), EmbeddedBackend(Path(sys.argv[2]))).drain()
"""


def test_an_indexer_killed_again_and_again_leaves_no_wrong_answer(library, tmp_path):
    every, judgement = parity.corpus(PAGES)
    half = len(every) // 2
    library.catalogue.save(every[:half])
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251  # the child's own
    uri = f"sqlite:///{library.catalogue_file}"
    command = [sys.executable, "-c", DRAIN, uri, str(tmp_path / "derivatives")]
    for number in range(KILLS):
        if number == KILLS // 2:
            library.indexer.drain()
            library.catalogue.save(every[half:])
        with subprocess.Popen(command, env=environment) as indexer:
            time.sleep(0.8 + 0.2 * number)
            indexer.kill()
    library.indexer.drain()
    asked = cases(judgement.oracle, EACH)
    assert list(parity.wrongs(library.backend, judgement, asked)) == []
    (served,) = [state for state in library.backend.indices() if state.served]
    assert library.backend.count(served.name) == (len(every), PAGES)
    assert library.indexer.drain() == 0
