"""Import activity logs from a file."""

import csv
import sys
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from streaks.management.importing import Tally, batches, import_rows
from streaks.management.log_files import Row, UnreadableFile, read_rows
from streaks.management.selection import find_streak
from streaks.management.sharing_out import add_processes, share_out, shares_for
from streaks.models import Streak
from streaks.progress.log_body import COLUMN_NAMES

# Its thread, which redraws bars that stand still, would keep processes from being started as copies.
tqdm.monitor_interval = 0


class Command(BaseCommand):
    """Runs again without harm: what is there already is not counted twice, what is missing is added."""

    help = "Imports activity logs (CSV or NDJSON, plain or gzip) into a streak; bad rows go to a rejects file."

    def add_arguments(self, parser: CommandParser) -> None:
        columns = ", ".join(COLUMN_NAMES)
        parser.add_argument("file", help=f"The file, or - for standard input. Columns: {columns}.")
        parser.add_argument("--streak", required=True, metavar="ID", help="The streak that the activity is for.")
        parser.add_argument("--rejects", metavar="FILE", help="Where bad rows go (FILE.rejects.csv beside the file).")
        add_processes(parser)

    def handle(self, *args: Any, file: str, rejects: str | None, processes: int, **options: Any) -> None:
        """Import batch by batch and say what became of the rows."""
        streak = find_streak(options["streak"])
        rejects_path = Path(rejects or ("import.rejects.csv" if file == "-" else f"{file}.rejects.csv"))
        rejects_path.unlink(missing_ok=True)
        recorded = repeated = rejected = 0
        with _open(file) as stream, tqdm(unit=" rows", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
            work = batches(_rows(stream, file), shares=shares_for(processes))
            for tally in share_out(partial(_import, streak=streak), work, processes=processes):
                recorded += tally.recorded
                repeated += tally.repeated
                rejected += len(tally.rejected)
                _write_rejects(rejects_path, tally)
                bar.update(tally.recorded + tally.repeated + len(tally.rejected))
        where = f" (see {rejects_path})" if rejected else ""
        counts = f"{recorded} logs recorded, {repeated} were there already, {rejected} rejected{where}"
        self.stdout.write(f"{recorded + repeated + rejected} rows: {counts}.")


def _import(rows: list[Row], *, streak: Streak) -> Tally:
    return import_rows(rows, streak, now=timezone.now())


def _open(file: str) -> IO[bytes]:
    try:
        return sys.stdin.buffer if file == "-" else Path(file).open("rb")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _rows(stream: IO[bytes], file: str) -> Iterator[Row]:
    try:
        yield from read_rows(stream)
    except (UnreadableFile, EOFError, OSError, zlib.error) as error:
        reason = str(error).rstrip(".")
        raise CommandError(f"{file} cannot be read on: {reason}. What was read before is kept.") from error


def _write_rejects(path: Path, tally: Tally) -> None:
    """Append bad rows to the rejects file, with their line numbers and reasons in front."""
    if not tally.rejected:
        return
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8", errors="backslashreplace") as rejects:
        writer = csv.writer(rejects)
        if is_new:
            writer.writerow(["line", "reason", *COLUMN_NAMES])
        for (line, cells, _), reason in tally.rejected:
            writer.writerow([line, reason, *cells])
