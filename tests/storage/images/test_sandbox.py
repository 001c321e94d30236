"""A decoder that crashes, hangs or devours memory harms one call, not its caller."""

import threading
import time

import pytest
import sandboxed

from storage.images.errors import DecodeError
from storage.images.sandbox import Sandbox, run_limited

MEMORY = 500_000_000


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(MEMORY) as opened:
        yield opened


def refused(sandbox, function, *arguments, seconds=30.0):
    with pytest.raises(DecodeError) as caught:
        sandbox.call(function, arguments, seconds)
    return caught.value


def test_a_call_returns_what_the_function_returns(sandbox):
    assert sandbox.call(sandboxed.add, (2, 3), 30)[0] == 5
    assert sandbox.call(sandboxed.shout, (100_000,), 30) == b"\0raw"
    assert run_limited(sandboxed.add, (1, 1), MEMORY, 30)[0] == 2


def test_one_warm_child_takes_call_after_call(sandbox):
    first = sandbox.call(sandboxed.add, (0, 0), 30)[1]
    assert sandbox.call(sandboxed.add, (0, 0), 30)[1] == first


def test_after_a_number_of_calls_it_is_replaced():
    with Sandbox(MEMORY, calls=2) as fresh:
        children = [fresh.call(sandboxed.add, (0, 0), 30)[1] for _ in range(4)]
    assert children[0] == children[1] != children[2] == children[3]


def test_a_crash_is_told_and_the_next_call_works(sandbox):
    error = refused(sandbox, sandboxed.crash)
    assert (error.code, error.values["status"]) == ("decoder-crashed", -11)
    assert refused(sandbox, sandboxed.leave).code == "decoder-crashed"
    assert sandbox.call(sandboxed.add, (1, 1), 30)[0] == 2


def test_memory_is_limited(sandbox):
    assert refused(sandbox, sandboxed.devour).code == "decoder-memory"
    assert sandbox.call(sandboxed.add, (1, 1), 30)[0] == 2


def test_time_is_limited(sandbox):
    began = time.monotonic()
    assert refused(sandbox, sandboxed.sleep, 60, seconds=1).code == "decoder-timeout"
    assert time.monotonic() - began < 30  # of 60


def test_a_child_that_promises_and_stalls_runs_out_of_time(sandbox):
    began = time.monotonic()
    assert refused(sandbox, sandboxed.stall, seconds=1).code == "decoder-timeout"
    assert time.monotonic() - began < 30  # of 60
    assert sandbox.call(sandboxed.add, (1, 1), 30)[0] == 2


def test_a_call_can_be_cancelled(sandbox):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(DecodeError) as caught:
        sandbox.call(sandboxed.sleep, (60,), 60, stop.is_set)
    assert caught.value.code == "cancelled"
    assert time.monotonic() - began < 30  # of 60


def test_failures_of_the_system_stay_what_they_are(sandbox):
    with pytest.raises(OSError, match="No space left") as caught:
        sandbox.call(sandboxed.full_disk, (), 30)
    assert caught.value.errno == 28


def test_whatever_else_a_decoder_throws_is_a_corrupt_image(sandbox):
    error = refused(sandbox, sandboxed.odd)
    assert error.code == "image-corrupt"
    assert "odd stream" in error.values["reason"]
