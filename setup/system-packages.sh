#!/bin/sh
# Install the system packages that Takao needs: system-packages.sh python|run|test|bench
#
# Debian and Ubuntu. What is there already is left alone; sudo is used only when the user is not
# root. On other systems it says what is needed and goes on: Takao then says what it misses.
set -eu

run="tesseract-ocr tesseract-ocr-eng tesseract-ocr-osd
     tesseract-ocr-chi-tra tesseract-ocr-chi-tra-vert tesseract-ocr-jpn tesseract-ocr-jpn-vert
     tesseract-ocr-script-hant"
test="chromium postgresql fonts-noto-cjk libatomic1 libmagic1 poppler-utils unicode-data"
bench="iipimage-server nginx-light wrk fonts-noto-cjk fonts-arphic-uming fonts-arphic-ukai
       fonts-arphic-bsmi00lp fonts-arphic-bkai00mp fonts-cwtex-ming"

case ${1:-} in
    python) wanted= ;;
    run) wanted=$run ;;
    test) wanted="$run $test" ;;
    bench) wanted="$run $bench" ;;
    *) sed -n '2s/^# //p' "$0" >&2; exit 2 ;;
esac
# Debian splits venv from Python; other Pythons bring it along.
"$(dirname "$0")/python.sh" -c 'import ensurepip, venv' 2>/dev/null || wanted="$wanted python3-venv"
[ -n "$wanted" ] || exit 0

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "這部機器沒有 apt-get，請自行安裝下列套件的對應版本："
    echo "This machine has no apt-get. Please install what these Debian packages hold:"
    echo "   " $wanted
    exit 0
fi

missing=
for name in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

echo "安裝系統套件 Installing system packages:$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "請以 root 執行 Please run as root:  apt-get install$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
$as_root apt-get update -q
known=
for name in $missing; do
    if apt-cache show "$name" >/dev/null 2>&1; then
        known="$known $name"
    else
        echo "此系統沒有套件 This system has no package: $name"
    fi
done
[ -n "$known" ] || exit 0
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $known
