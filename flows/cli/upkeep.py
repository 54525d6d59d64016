"""Keeping, continued: verify, maintain, backup, publish. What each promises is in ``docs/keeping.md``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.common import out_json, say, state
from warehouse.schema.errors import EntrepotError, UsageError

if TYPE_CHECKING:
    from flows.house import House
    from warehouse.maintain import Maintained
    from warehouse.verify import Proof

backup_app = typer.Typer(no_args_is_help=True, help="A copy that a new home can be made of: create, restore.")


def register(app: typer.Typer, panel: str) -> None:
    """Put these commands under their heading."""
    app.command(rich_help_panel=panel)(verify)
    app.command(rich_help_panel=panel)(maintain)
    app.add_typer(backup_app, name="backup", rich_help_panel=panel)
    app.command(rich_help_panel=panel)(publish)


def verify() -> int:
    """Prove the lake against the archive, the journal and itself."""
    return _verify(state.house())


def _verify(house: House) -> int:
    from warehouse.verify import verify as prove

    verdict = prove(house.place, house.archive, house.journal, wait_s=house.settings.wait_for_writer_s,
                    say=(lambda proof: None) if state.json else _say_proof)
    if state.json:
        out_json({"holds": verdict.holds, "proofs": [
            {"name": proof.name, "holds": proof.holds, "looked_at": proof.looked_at, "findings": list(proof.findings)}
            for proof in verdict.proofs]})
    else:
        wrong = sum(finding.level == "wrong" for proof in verdict.proofs for finding in proof.findings)
        say("The lake verifies." if verdict.holds else f"{wrong} thing{'s' if wrong > 1 else ''} wrong. Nothing was changed.")
    return 0 if verdict.holds else 6


def _say_proof(proof: Proof) -> None:
    say(f" {'ok   ' if proof.holds else 'WRONG'}  {proof.name}: {proof.looked_at}")
    for finding in proof.findings[:10]:
        say(f"          {finding.said}")
        if finding.way_out:
            say(f"            way out: {finding.way_out}")
    if len(proof.findings) > 10:
        say(f"          … and {len(proof.findings) - 10} more: --json has all")


def maintain(
    dry_run: bool = typer.Option(False, "--dry-run", help="Do it on a copy, say what it comes to, throw the copy away."),
    expire_before: str | None = typer.Option(
        None, "--expire-before", metavar="DAY", help="Give up travelling to snapshots recorded before this day, but for tagged "
        "ones. No version of a figure is lost."),
) -> int:
    """Fewer and larger files; beside no writer."""
    from flows.pipeline import heal
    from warehouse.history import day_end
    from warehouse.lake import writer
    from warehouse.maintain import maintain as tidy

    house = state.house()
    if house.place.current() is None and not house.place.catalog.exists():
        raise EntrepotError(f"nothing is loaded yet in {house.place.root}: there is nothing to maintain")
    before = None
    if expire_before is not None:
        if len(expire_before.strip()) != 10:
            raise UsageError(f"--expire-before takes a day such as 2024-07-31, not {expire_before!r}")
        from datetime import timedelta

        before = day_end(expire_before, house.settings.tz) - timedelta(days=1)
    with writer(house.place, "entrepot maintain", wait_s=0) as lake:
        heal(house, lake)
    done = tidy(house.place, expire_before=before, dry_run=dry_run)
    if state.json:
        out_json(done)
    else:
        for line in _maintained(done):
            say(line)
    return 0


def _maintained(done: Maintained) -> list[str]:
    from warehouse.maintain import listed

    would = "would be " if done.dry_run else ""
    lines = [f"{table}: {_so_many(rows, 'row')} {would}moved from the catalogue to a file"
             for table, rows in done.flushed.items()]
    lines += [f"{table}: {_so_many(files, 'file')} of which most rows are deleted {would}written anew"
              for table, files in done.rewritten.items()]
    lines += [f"{table}: {_so_many(many, 'file')} {would}merged into {few}"
              for table, (many, few) in done.merged.items()]
    if done.expired:
        lines.append(f"snapshots {would}expired: {listed(done.expired)}. They can no longer be travelled to with --as-of; every version "
                     "of every figure stays")
    if done.kept:
        lines.append(f"snapshots of that time that stay, being tagged or the newest: {listed(done.kept)}")
    if done.removed:
        lines.append(f"{_so_many(len(done.removed), 'file')} that nothing reads {would}removed: {', '.join(done.removed)}")
    if done.waiting:
        lines.append(f"{_so_many(done.waiting, 'file')} kept until no published copy names them")
    if not done.changed:
        lines.append("Nothing to do.")
    elif done.proved:
        lines.append(f"Compared before and after, and the same: snapshots {listed(done.proved)}."
                     + (" Nothing was changed." if done.dry_run else ""))
    return lines


def _so_many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


@backup_app.command("create")
def backup_create(to: Path = typer.Argument(..., metavar="TO", help="A folder: empty, or an earlier backup of this home.")) -> None:
    """Copy archive and lake to a folder; beside readers and writers."""
    from flows.house import entrepot_version
    from warehouse.backup import create

    house = state.house()
    done = create(house.root, to, version=entrepot_version())
    if state.json:
        return out_json(done)
    say(f"Snapshot {done.snapshot}: {_so_many(done.copied, 'file')} copied ({done.bytes_copied:,} bytes), {done.same:,} were there "
        f"already, {done.dropped:,} no longer needed.")
    return say("Every file was read back and hashed. The settings (entrepot.toml) are not in it.")


@backup_app.command("restore")
def backup_restore(source: Path = typer.Argument(..., metavar="FROM", help="A folder that backup create made.")) -> int:
    """Make the home anew from a backup, into an empty home only; then verify it."""
    from flows.pipeline import heal
    from warehouse.backup import restore
    from warehouse.lake import writer

    house = state.house()
    done = restore(source, house.root)
    if done.snapshot:
        with writer(house.place, "entrepot backup restore", wait_s=house.settings.wait_for_writer_s) as lake:
            heal(house, lake)
    if not state.json:
        say(f"Snapshot {done.snapshot} of {done.made_at}: {done.files:,} files restored into {house.root}.")
    if not done.snapshot:
        return 0
    return _verify(house)


def publish(to: Path | None = typer.Argument(None, metavar="[TO]", help="Where the data package goes; the home's published-data if not "
                                             "said.")) -> None:
    """current.duckdb for tools that open one file, and a data package of what may be passed on."""
    from warehouse.publish import data_package, single_file

    house = state.house()
    single = single_file(house.place, house.root)
    package = data_package(house.place, to or house.root / "published-data")
    if state.json:
        return out_json({"single_file": single, "data_package": package})
    say(f"{single.link} → {single.path.name}: snapshot {single.snapshot}, {single.rows:,} rows. It holds everything, texts of "
        "articles included: keep it to yourself.")
    say(f"{package.folder}: {package.resources} files of {len(package.datasets)} datasets, snapshot {package.snapshot}.")
    for left in package.left_out:
        say(f"  left out: {left.dataset} ({left.why})")
    return None
