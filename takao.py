"""The composition root and command line: settings → back-ends → App. Nothing imports this file."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from repository.errors import NotFoundError, SettingsError, TakaoError
from repository.settings import Settings, read_settings
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.audit.findings import Findings
    from ingest.audit.progress import PageProgress
    from ingest.holdings import Holdings
    from ingest.intake.report import Report
    from metadata.problem import Problem
    from repository.model import Work
    from repository.sql.catalogue import SqlCatalogue
    from search.backend import SearchBackend
    from search.indexer import Indexer
    from viewer.site import App


class Exit(IntEnum):
    """The exit codes of every command (interfaces §1)."""

    GOOD = 0
    REJECTED = 1
    USAGE = 2
    CANNOT_WORK = 3
    INTERRUPTED = 130


EPILOG = (
    "結束代碼 Exit codes: 0 全部成功 all good · 1 完成但有退件或失敗 finished, something was"
    " rejected or failed · 2 用法錯誤 wrong usage · 3 目前無法運作 cannot work now"
    " · 130 中斷 interrupted"
)

cli = typer.Typer(
    name="takao",
    help="Takao 打狗：地方文獻數位典藏 · a digital collections repository.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
export_commands = typer.Typer(help="輸出 Export.", no_args_is_help=True, rich_markup_mode=None)
cli.add_typer(export_commands, name="export")

AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 輸出 Print one JSON document.")]
Host = Annotated[str, typer.Option(help="位址 Address to listen on.")]
Port = Annotated[int, typer.Option(help="通訊埠 Port.")]
Target = Annotated[Path, typer.Argument(help="檔名 File.")]
WorkId = Annotated[str, typer.Argument(help="作品代碼 Work id.")]


@dataclass(frozen=True, slots=True)
class Backends:
    """Every back-end that the settings name, opened once."""

    settings: Settings
    catalogue: SqlCatalogue
    holdings: Holdings
    backend: SearchBackend

    def indexer(self) -> Indexer:
        """Return what keeps the search engine up to date."""
        from search.indexer import Indexer

        return Indexer(self.catalogue, self.backend)


def open_backends(settings: Settings) -> Backends:
    """Open the catalogue, the store and the search engine; make what is absent."""
    from ingest.holdings import open_holdings
    from ingest.work import manifest_gate
    from search.open import open_backend

    catalogue, holdings = open_holdings(settings, manifest_gate.check)
    return Backends(settings, catalogue, holdings, open_backend(settings))


def build_app(backends: Backends, public_url: str) -> App:
    """Return what the site needs of the back-ends."""
    from search.searcher import Searcher
    from viewer.site import App

    return App(
        settings=backends.settings,
        public_url=public_url,
        works=backends.catalogue,
        changes=backends.catalogue,
        outbox=backends.catalogue,
        steps=backends.catalogue,
        objects=backends.holdings.objects,
        derivatives=backends.holdings.derivatives,
        searcher=Searcher(backends.catalogue, backends.backend),
    )


def site_of(backends: Backends, public_url: str) -> tuple[App, Indexer]:
    """Return what a server process works with."""
    return build_app(backends, public_url), backends.indexer()


@cli.command()
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="送存包 Submissions.")] = None,
    *,
    metadata: Annotated[
        list[Path] | None, typer.Option("--metadata", help="著錄檔 CSV, XLSX, MARC, MODS, DC.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="未填資料類型時的類型 Default type.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只檢查 Only check.")] = False,
    as_json: AsJson = False,
    sheet: Annotated[Path | None, typer.Option("--csv", help="報告另存 Report as CSV.")] = None,
) -> None:
    """收入送存包：檢查、典藏、辨識、發布、編索引。 Take submissions in and publish them."""
    from ingest.batch import BatchRequest, check, run
    from metadata.fields import find_material

    material = find_material(profile) if profile else None
    if profile and material is None:
        usage(f"不認得的資料類型 unknown profile: {profile}")
    request = BatchRequest(tuple(paths or ()), tuple(metadata or ()), material)
    missing = [str(p) for p in (*request.paths, *request.metadata) if not p.exists()]
    if missing or not (request.paths or request.metadata):
        usage("沒有這個檔案或資料夾 no such file or folder: " + ", ".join(missing or ["PATH"]))
    settings = read_settings()
    if dry_run:
        known = open_backends(settings).catalogue if settings.home.exists() else None
        finish(check(request, settings.max_pixels, known), sheet, as_json=as_json)
    backends = open_backends(settings)
    report = carry_out(backends, lambda p: run(request, settings, backends.holdings, p))
    finish(report, sheet, as_json=as_json)


def carry_out(backends: Backends, work: Callable[[PageProgress], Report]) -> Report:
    """Do a batch with progress shown, and make what it published searchable."""
    from ingest.audit.progress import show

    with show() as progress:
        report = work(progress)
    report.problems.extend(index(backends))
    return report


def index(backends: Backends) -> list[Problem]:
    """Make everything published searchable; a search engine that is down is a warning."""
    from metadata.problem import problem
    from repository.errors import SearchUnavailableError

    try:
        backends.indexer().drain()
    except SearchUnavailableError:
        return [problem("search-unavailable", backends.settings.search)]
    return []


@cli.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    processes: Annotated[int, typer.Option(min=1, help="程序數 Server processes.")] = 1,
) -> None:
    """啟動網站。 Serve the site, IIIF and OAI."""
    from viewer.server import serve

    settings = read_settings()
    public_url = settings.public_url or f"http://{host}:{port}"
    shared = replace(settings, workers=max(1, settings.workers // processes))
    serve(lambda: site_of(open_backends(shared), public_url), host, port, processes)


@cli.command()
def demo(
    samples: Annotated[Path, typer.Argument(help="範例資料 Sample collection.")] = Path("samples"),
    host: Host = "127.0.0.1",
    port: Port = 8000,
) -> None:
    """收入範例資料並啟動網站。 Ingest the sample collection and serve it."""
    from ingest.batch import BatchRequest, run

    settings = read_settings()
    backends = open_backends(settings)
    request = BatchRequest((samples,), (samples / "works.csv",), None)
    tell(carry_out(backends, lambda p: run(request, settings, backends.holdings, p)))
    address = settings.public_url or f"http://{host}:{port}"
    say(
        f"\n網站 Site: {address}\n試試看 Three things to try:\n"
        f"  1. {address}/search?q=圖書館   文字標在影像上 hits marked on the image\n"
        f"  2. {address}/search?q=四庫   寫本與刻本 a manuscript and a woodblock print\n"
        f"  3. {address}/search?type=map   放大行政區域圖 zoom into the map\n"
        "按 Ctrl-C 結束 Press Ctrl-C to stop.\n"
    )
    from viewer.server import serve

    serve(lambda: site_of(backends, address), host, port)


@cli.command()
def status(*, as_json: AsJson = False) -> None:
    """批次、步驟、失敗頁面。 Batches, steps and failed pages with reasons."""
    from ingest.audit.progress import status_table
    from ingest.audit.status import examine_batches

    found = examine_batches(open_backends(read_settings()).holdings)
    show(found.to_json(), status_table(found), as_json=as_json)
    raise typer.Exit(Exit.GOOD if found.findings.ok else Exit.REJECTED)


@cli.command()
def retry(
    *,
    failed: Annotated[bool, typer.Option("--failed", help="所有失敗頁面 All failed.")] = False,
    work: Annotated[str | None, typer.Option("--work", help="重讀整件 A whole Work.")] = None,
    page: Annotated[int | None, typer.Option("--page", help="只重讀第幾頁 One page.")] = None,
    as_json: AsJson = False,
) -> None:
    """重做失敗或指定的頁面，由典藏原檔開始。 Do pages again from their preserved masters."""
    from ingest.again import failed_works, read_again
    from ingest.again import retry as do_again

    if (work is None) == (not failed) or (page is not None and work is None):
        usage("--failed 或 --work（可加 --page）擇一 give --failed, or --work with perhaps --page")
    settings = read_settings()
    backends = open_backends(settings)
    works = failed_works(backends.holdings) if work is None else [work]
    if work is not None:
        read_again(backends.holdings, work, page)
    report = carry_out(backends, lambda p: do_again(settings, backends.holdings, works, p))
    finish(report, as_json=as_json)


@cli.command()
def rebuild(*, as_json: AsJson = False) -> None:
    """只憑典藏庫重建目錄、衍生檔與索引。 Build everything anew from the storage root alone."""
    from ingest.again import rebuild as build_anew

    settings = read_settings()
    backends = open_backends(settings)
    report = carry_out(backends, lambda p: build_anew(settings, backends.holdings, p))
    finish(report, as_json=as_json)


@cli.command()
def verify(
    *,
    sample: Annotated[
        float | None, typer.Option(min=0, max=1, help="抽查比例 0–1 Share of files to read.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="每秒最多讀取 MiB Most MiB read a second.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """稽核典藏：位元、OCFL、與目錄是否一致；中斷後接著做。 Audit the store; goes on if stopped."""
    from ingest.audit.verify import verify as audit

    settings = read_settings()
    backends = open_backends(settings)
    held, pace = backends.holdings, rate * (1 << 20) if rate else None
    state = settings.home / "verify.json"
    found = audit(held, sample=sample, rate=pace, state=state)
    answer(found, as_json=as_json)
    if found.entries:
        raise typer.Exit(Exit.REJECTED)


@cli.command()
def worker(
    watch: Annotated[Path | None, typer.Option(help="投件資料夾 Drop folder.")] = None,
    seconds: Annotated[float, typer.Option(help="間隔秒數 Seconds between looks.")] = 5.0,
) -> None:
    """持續編索引；--watch 時收入投件資料夾的新送存包。 Index, and take what is dropped in."""
    from ingest.watch import DropFolder, tend

    settings = read_settings()
    backends = open_backends(settings)
    if watch is not None and not watch.is_dir():
        usage(f"沒有這個資料夾 no such folder: {watch}")
    drop = DropFolder(watch, settings.home / "watch.json") if watch else None
    tend(drop, lambda path: take(settings, backends, path), lambda: index(backends), seconds)


def take(settings: Settings, backends: Backends, path: Path) -> None:
    """Ingest one submission of a drop folder."""
    from ingest.batch import BatchRequest, run
    from ingest.watch import sheets_in

    request = BatchRequest((path,), sheets_in(path), None)
    tell(carry_out(backends, lambda p: run(request, settings, backends.holdings, p)))


@cli.command()
def doctor(*, as_json: AsJson = False) -> None:
    """檢查環境。 Check programs, languages, storage, catalogue and search engine."""
    from ingest.audit.doctor import examine

    settings = read_settings()
    answer(examine(settings, lambda: open_backends(settings)), as_json=as_json)


@cli.command()
def withdraw(
    work: WorkId, *, reason: Annotated[str, typer.Option(help="原因 Why.")], as_json: AsJson = False
) -> None:
    """撤除作品，各處留下註記。 Take a Work back; a tombstone stays everywhere."""
    from repository.withdrawal import withdraw as take_back

    backends = open_backends(read_settings())
    take_back(backends.holdings.versions, work, reason)
    answer_done(backends, as_json=as_json)


@cli.command()
def restore(work: WorkId, *, as_json: AsJson = False) -> None:
    """恢復撤除的作品。 Bring a withdrawn Work back."""
    from repository.withdrawal import restore as bring_back

    backends = open_backends(read_settings())
    bring_back(backends.holdings.versions, work)
    answer_done(backends, as_json=as_json)


@cli.command()
def reindex() -> None:
    """重建搜尋索引，期間照常檢索。 Build the search index anew while searching goes on."""
    backends = open_backends(read_settings())
    pages = backends.indexer().rebuild()
    say(f"已編入 {pages} 頁 · {pages} pages indexed")


@export_commands.command("template")
def export_template(target: Target = Path("takao-template.csv")) -> None:
    """著錄試算表範本。 A spreadsheet with every heading."""
    from metadata.sheets.sheet import template

    target.write_bytes(template())
    say(str(target))


@export_commands.command("bag")
def export_bag(
    work: WorkId, target: Annotated[Path, typer.Argument(help="資料夾 Folder.")]
) -> None:
    """整件作品的 BagIt 包，可再收入。 A Work as a bag that can be ingested again."""
    from ingest.intake.bag import write_bag

    if target.exists():
        usage(f"已經存在 exists already: {target}")
    say(str(write_bag(open_backends(read_settings()).holdings.objects, work, target)))


@export_commands.command("pdf")
def export_pdf(work: WorkId, target: Target) -> None:
    """整件作品的可檢索 PDF。 A Work as a searchable PDF."""
    from viewer.harvest.downloads import write_pages

    app, held = held_work(work)
    with target.open("wb") as out:
        write_pages(app, held, app.works.pages_of(work), out)
    say(str(target))


@export_commands.command("text")
def export_text(work: WorkId) -> None:
    """整件作品的全文。 A Work's text, pages parted by form feeds."""
    from viewer.harvest.downloads import text_of

    app, held = held_work(work)
    say(text_of(app, held, app.works.pages_of(work)))


@export_commands.command("csv")
def export_csv(target: Target) -> None:
    """所有著錄的試算表，可再收入。 Every Record as a spreadsheet that can be ingested again."""
    from metadata.sheets.export import write_sheet
    from repository.catalogue.works import every_work

    works = every_work(open_backends(read_settings()).catalogue)
    target.write_bytes(write_sheet((w.record, w.submission) for w in works))
    say(str(target))


@export_commands.command("jsonl")
def export_jsonl() -> None:
    """所有著錄，一行一件 JSON。 Every Record, one JSON object a line."""
    from metadata.codec import to_json
    from repository.catalogue.works import every_work

    for work in every_work(open_backends(read_settings()).catalogue):
        line = {"work": work.id, "pages": work.page_count, "record": to_json(work.record)}
        say(json.dumps(line, ensure_ascii=False))


def held_work(work: str) -> tuple[App, Work]:
    """Return the site's back-ends and a Work. Raises NotFoundError."""
    app = build_app(open_backends(read_settings()), "")
    held = app.works.get_works([work]).get(work)
    if held is None:
        raise NotFoundError(f"沒有這件作品 no such work: {work}")
    return app, held


def answer_done(backends: Backends, *, as_json: bool) -> None:
    """Index a changed Work and say that it is done."""
    from ingest.audit.findings import Finding, Findings

    answer(Findings(1, tuple(Finding(p) for p in index(backends))), as_json=as_json)


def finish(report: Report, sheet: Path | None = None, *, as_json: bool) -> NoReturn:
    """Print a batch's report, write it as a spreadsheet too, and end with its exit code."""
    from ingest.audit.progress import table

    if sheet is not None:
        from ingest.intake.report_sheet import report_sheet

        sheet.write_bytes(report_sheet(report))
    show(report.to_json(), table(report), as_json=as_json)
    raise typer.Exit(Exit.GOOD if report.ok else Exit.REJECTED)


def tell(report: Report) -> None:
    """Print a batch's report as a table."""
    from ingest.audit.progress import table

    say(table(report))


def answer(found: Findings, *, as_json: bool) -> None:
    """Print what a check found; exit 1 unless all is well."""
    from ingest.audit.progress import findings

    show(found.to_json(), findings(found), as_json=as_json)
    if not found.ok:
        raise typer.Exit(Exit.REJECTED)


def say(text: str) -> None:
    """Print to standard output."""
    typer.echo(text)


def show(document: dict[str, object], table: str, *, as_json: bool) -> None:
    """Print an answer as one JSON document, or as a table."""
    say(json.dumps(document, ensure_ascii=False, indent=1) if as_json else table)


def usage(text: str) -> NoReturn:
    """End with a wrong-usage message."""
    typer.echo(f"takao: {text}", err=True)
    raise typer.Exit(Exit.USAGE)


def exit_code(error: BaseException) -> Exit:
    """Return the exit code of a failure: the one table."""
    table: dict[type[BaseException], Exit] = {
        SettingsError: Exit.USAGE,
        NotFoundError: Exit.USAGE,
        KeyboardInterrupt: Exit.INTERRUPTED,
        typer.Abort: Exit.INTERRUPTED,
    }
    return next((code for kind, code in table.items() if isinstance(error, kind)), Exit.CANNOT_WORK)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line."""
    try:
        code = cli(arguments, standalone_mode=False)
    except TyperException as error:
        typer.echo(f"takao: {error.format_message()}\n取得說明 For help: takao --help", err=True)
        code = error.exit_code
    except (TakaoError, StorageError, KeyboardInterrupt, typer.Abort) as error:
        code = exit_code(error)
        typer.echo(f"takao: {error if code != Exit.INTERRUPTED else '中斷 interrupted'}", err=True)
    sys.exit(code or Exit.GOOD)


if __name__ == "__main__":
    main()
