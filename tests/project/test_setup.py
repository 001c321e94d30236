"""The set-up scripts on machines that are not like ours."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "setup"


def machine(folder, **scripts):
    """A PATH of its own: some real programs, some stand-ins for what a machine has."""
    for name in {"sh", "dirname", "sed", "id"} - set(scripts):
        (folder / name).symlink_to(shutil.which(name))
    for name, text in scripts.items():
        file = folder / name.replace("_", "-")
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return {"PATH": str(folder)}


def run(script, *arguments, **environment):
    command = ["/bin/sh", SETUP / script, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_without_apt_it_says_what_is_needed_and_goes_on(tmp_path):
    done = run("system-packages.sh", "run", **machine(tmp_path, python3="exit 0"))
    assert done.returncode == 0
    assert "tesseract-ocr-chi-tra-vert" in done.stdout


def test_it_installs_nothing_that_is_there(tmp_path):
    have = {"dpkg_query": "printf installed", "apt_get": "echo called >&2; exit 1"}
    done = run("system-packages.sh", "test", **machine(tmp_path, python3="exit 0", **have))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("user", [0, 1000])
def test_it_names_and_installs_what_is_missing(tmp_path, user):
    place = machine(
        tmp_path,
        python3="exit 0",
        dpkg_query='case "$*" in *chromium) exit 1 ;; esac; printf installed',
        apt_get='echo "apt-get $*"',
        apt_cache="exit 0",
        env='shift; exec "$@"',
        sudo='echo "sudo $*"; exec "$@"',
        id=f"echo {user}",
    )
    done = run("system-packages.sh", "test", **place)
    assert done.returncode == 0
    first, *rest = done.stdout.splitlines()
    assert first.endswith(": chromium")
    assert ("sudo apt-get update -q" in rest) == (user != 0)
    assert rest[-1].startswith("apt-get install")
    assert rest[-1].endswith(" chromium")


def test_what_the_system_does_not_know_is_left_out(tmp_path):
    place = machine(
        tmp_path,
        python3="exit 0",
        id="echo 0",
        env='shift; exec "$@"',
        dpkg_query='case "$*" in *chromium|*postgresql) exit 1 ;; esac; printf installed',
        apt_get='echo "apt-get $*"',
        apt_cache='[ "$2" != chromium ]',
    )
    done = run("system-packages.sh", "test", **place)
    assert "no package: chromium" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("--no-install-recommends postgresql")


def test_without_root_and_sudo_it_says_what_to_run(tmp_path):
    place = machine(tmp_path, python3="exit 0", dpkg_query="exit 1", apt_get="exit 1", id="echo 7")
    done = run("system-packages.sh", "run", **place)
    assert done.returncode == 1
    assert "apt-get install tesseract-ocr" in done.stderr


def test_python_must_be_new_enough(tmp_path):
    old = machine(tmp_path, python3="exit 1")
    assert "3.11" in run("python.sh", "-c", "pass", **old).stderr
    good = {**old, "PYTHON": sys.executable}
    assert run("python.sh", "-c", "print(1)", **good).stdout == "1\n"
