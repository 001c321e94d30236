"""People edit, withdraw and bring back while a Work is submitted anew and read again."""

from bench.ingest import edits


def test_no_edit_is_lost_in_any_interleaving(capsys):
    assert edits.main(["--runs", "5", "--seed", "2"]) == 0, capsys.readouterr().out
