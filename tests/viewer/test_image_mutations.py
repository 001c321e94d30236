"""Mutated requests: every answer is typed, nothing is written, nothing is left open."""

from pathlib import Path

import gallery
import hostile
import mutations


def everything_below(folder):
    return {
        (str(path.relative_to(folder)), path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file() and "catalogue" not in path.name
    }


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_mutated_requests_are_answered_and_leave_nothing(tmp_path):
    hostile.picture(700, 600).save(tmp_path / "a.png")
    home = tmp_path / "home"
    held = gallery.Gallery(home)
    held.add("open", tmp_path / "a.png")
    held.add("closed", tmp_path / "a.png", access="restricted")
    client = gallery.open_client(held)
    client.get("/iiif/image/3/open/0,0,9,9/max/0/gray.png")
    before, opened = everything_below(tmp_path), open_files()
    answered = set()
    for path, method, headers in mutations.requests(["open", "closed", "none"], 4_000, 1):
        reply = client.get(path, method, **headers)
        assert reply.status in mutations.ALLOWED, (path, method, headers, reply.body[:300])
        assert all("\n" not in value for value in reply.headers.values())
        answered.add(reply.status)
    assert {200, 206, 304, 400, 401, 404, 405} <= answered
    assert everything_below(tmp_path) == before
    assert open_files() <= opened + 3
    client.close()
