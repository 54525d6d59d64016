"""Keeping, continued: verify, maintain, backup, publish. What each promises is in ``docs/keeping.md``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.common import out_json, say, state
from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    from flows.home.house import House
    from warehouse.upkeep.verify import Proof

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
    from warehouse.upkeep.verify import verify as prove

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
    from flows.home import clock
    from flows.run import maintenance
    from warehouse.history.past import day_end

    house = state.house()
    before = None
    if expire_before is not None:
        if len(expire_before.strip()) != 10:
            raise UsageError(f"--expire-before takes a day such as 2024-07-31, not {expire_before!r}")
        from datetime import timedelta

        before = day_end(expire_before, house.settings.tz) - timedelta(days=1)
        if before > clock.now():
            raise UsageError(f"--expire-before takes a day that has come, such as 2024-07-31, not {expire_before}")
    done = maintenance.maintain(house, expire_before=before, dry_run=dry_run)
    if state.json:
        out_json(done)
    else:
        for line in maintenance.maintained(done):
            say(line)
    return 0


@backup_app.command("create")
def backup_create(
    to: Path = typer.Argument(..., metavar="TO", help="A folder: empty, or an earlier backup of this home."),
    smaller: bool = typer.Option(False, "--smaller", help="Although the home holds less than the backup there: what it lacks goes."),
) -> None:
    """Copy archive and lake to a folder; beside readers and writers."""
    from flows.home.house import entrepot_version
    from flows.run.maintenance import so_many
    from warehouse.upkeep.backup import create

    house = state.house()
    done = create(house.root, to, place=house.place, archive=house.store, version=entrepot_version(), smaller=smaller)
    if state.json:
        return out_json(done)
    say(f"Snapshot {done.snapshot}: {so_many(done.copied, 'file')} copied ({done.bytes_copied:,} bytes), {done.same:,} were there "
        f"already, {done.dropped:,} no longer needed.")
    return say("Every file was read back and hashed. The settings (entrepot.toml) are not in it.")


@backup_app.command("restore")
def backup_restore(
    source: Path = typer.Argument(..., metavar="FROM", help="A folder that backup create made."),
    missing: bool = typer.Option(False, "--missing", help="Into a home that is there: only what is missing or damaged of its archive, "
                                 "journal and data files."),
) -> int:
    """Make the home anew from a backup, into an empty home; or put back what a home has lost (--missing). Then verify it."""
    from flows.run.bookkeeping import heal
    from flows.run.turns import described
    from warehouse.lake.opening import writer
    from warehouse.upkeep.backup import restore

    house = state.house(whole=False)
    if missing:
        return _put_back(house, source)
    done = restore(source, house.root, place=house.place, archive=house.store)
    if done.snapshot:
        with writer(house.place, "entrepot backup restore", wait_s=house.settings.wait_for_writer_s) as lake:
            described(lake)
            heal(house, lake)
    if not state.json:
        say(f"Snapshot {done.snapshot} of {done.made_at}: {done.files:,} files restored into {house.root}.")
    if not done.snapshot:
        return 0
    return _verify(house)


def _put_back(house: House, source: Path) -> int:
    from flows.run.maintenance import so_many
    from warehouse.upkeep.backup import put_back

    house.place.before_writing()
    with house.place.locked("entrepot backup restore --missing", house.settings.wait_for_writer_s):
        done = put_back(source, house.root, place=house.place, archive=house.store)
    if not state.json:
        say(f"From the backup of {done.made_at}: {so_many(len(done.missing), 'missing file')} put back, "
            f"{so_many(len(done.damaged), 'damaged one')} replaced"
            + (f" (as they were in {done.aside})." if done.damaged else ".") + " Nothing else was touched.")
    return _verify(state.house())


def publish(
    what: str | None = typer.Argument(None, metavar="[TO | pages TO]", help="Where the data package goes, the home's published-data if "
                                      "not said; or pages, for a site."),
    to: Path | None = typer.Argument(None, metavar="", help="The site's folder: a new one, an empty one, or one with our last site.",
                                     show_default=False),
    pairs: int | None = typer.Option(None, "--pairs", min=0, max=1_000, help="pages: so many of the largest pairs have a page; 30."),
    pair: list[str] = typer.Option([], "--pair", help="pages: a pair that has one whatever its size, \"China Malaysia\"."),
    address: str | None = typer.Option(None, "--address", help="pages: where the site will be, https://example.org/trade/, for its feed."),
) -> None:
    """current.duckdb for tools that open one file, and a data package of what may be passed on; or a site of pages."""
    if what == "pages" and to is not None:
        return _pages(to, pairs, pair, address)
    if what == "pages":
        raise UsageError("publish pages takes the folder of the site: entrepot publish pages TO (a folder called pages for the data "
                         "package is ./pages)")
    if to is not None:
        raise UsageError(f"publish takes one folder for the data package, or the word pages and a folder: {what!r} is not that word")
    if pair or pairs is not None or address is not None:
        raise UsageError("--pair, --pairs and --address choose among pages: entrepot publish pages TO takes them")
    from flows.run import maintenance

    done = maintenance.publish(state.house(), Path(what).absolute() if what is not None else None)
    if state.json:
        return out_json({"single_file": done.single, "data_package": done.package})
    for line in maintenance.published(done):
        say(line)
    return None


def _pages(to: Path, pairs: int | None, wanted: list[str], address: str | None) -> None:
    from flows.cli.asking.outputs import check_place
    from flows.tell import site
    from warehouse.pages.site import folder

    if address is not None and not address.startswith(("https://", "http://")):
        raise UsageError(f"--address {address[:80]!r} is no address of the web: https://example.org/trade/")
    asked = [_pair(words) for words in wanted]
    folder.refuse(to)
    house, con = state.reading()
    check_place(to, house.settings.home)
    at = f"{address.rstrip('/')}/" if address else ""
    done = site.write(house, con, to, address=at, asked=asked, **({} if pairs is None else {"pairs": pairs}))
    if state.json:
        return out_json(done)
    return say(f"{done.pages:,} pages in {done.folder}, {done.size / 1e6:,.1f} MB: {done.changed:,} new or changed, {done.removed:,} taken "
               f"away. Open {done.folder / 'index.html'}")


def _pair(words: str) -> tuple[str, str]:
    """Two areas in one text: by a comma, or where the one name ends and the other begins."""
    from warehouse.reference.areas import area

    parts = words.split(",") if "," in words else words.split()
    for at in range(1, len(parts)):
        try:
            one, other = area(" ".join(parts[:at]).strip()), area(" ".join(parts[at:]).strip())
        except UsageError:
            continue
        if one != other:
            return one, other
    raise UsageError(f"--pair {words[:80]!r} is no pair of countries: \"China Malaysia\", or \"Viet Nam, China\"")
