"""The last lines of a demo's load: what came in, the four figures that show why, and what to type next."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from flows.cli.asking.figures import speaker
from flows.cli.common import money, of_this_home, say, table
from flows.home.house import House
from warehouse.ask import answers
from warehouse.claims.say.words import label
from warehouse.lake.opening import connect
from warehouse.reference.dates import short
from warehouse.reference.periods import MONTHS, parse


def claims(house: House) -> None:
    """The claims of the sample's articles, read and held against its figures, as a night does."""
    from flows.run.texts import claims

    made = claims.safely(house)
    if isinstance(made, str):
        say(f"The claims of the articles were not read: {made}", err=True)


def summary(house: House, seconds: float) -> None:
    """Print it from the lake as it stands: every number is asked for, none is written here."""
    con = connect(house.place)
    if con.execute(answers.query("claim_unread"), {"again": False}).fetchone():  # an earlier run ended before it came to them
        con.close()
        claims(house)
        con = connect(house.place)
    count = answers.rows(con, """
        SELECT (SELECT count(*) FROM stats.trade) + (SELECT count(*) FROM stats.fx_rate)
            + (SELECT count(*) FROM stats.indicator) AS figures,
          (SELECT count(*) FROM stats.trade_revision WHERE change_kind = 'revised') AS revisions,
          (SELECT count(*) FROM ops.fetch WHERE origin_kind = 'reconstructed') AS files,
          (SELECT count(DISTINCT publisher) FROM ref.dataset d WHERE publisher <> 'news' AND EXISTS
            (SELECT 1 FROM ops.load l WHERE l.dataset = d.dataset)) AS publishers,
          (SELECT count(DISTINCT source) FROM news.article) AS feeds""")[0]
    say()
    say(f"Loaded the sample: {count['files']} files, {count['figures']:,} figures, {count['publishers']} publishers, "
        f"{count['feeds']} news feed{'s' if count['feeds'] != 1 else ''}, {count['revisions']} revision"
        f"{'s' if count['revisions'] != 1 else ''}.  {seconds:.0f} s.   Sample pages are reconstructed from sourced figures.")
    say()
    lines = [_china(con), _malaysia(con), _then_and_now(con), _revised(con), _news(con)]
    table(["", ""], [line for line in lines if line])
    command = _command()
    say("\nTry, from this folder:")
    for words in ("get China Malaysia 2024", "rank China 2024 --within ASEAN",
                  "revisions Malaysia World --flow import --period 2024-06"):
        say(f"  {command} {of_this_home()}{words}")
    say(f"  {command} {of_this_home()}serve          then http://127.0.0.1:{house.settings.port}")
    say(f"Live figures: {command} {of_this_home(live=True)}refresh gacc dosm ecb       (asks the publishers, a few minutes)", live=True)
    con.close()


def _command() -> str:
    """How this very command was typed, as short as it can be typed again."""
    path = Path(sys.argv[0]).absolute()
    if path.name == "__main__.py":
        return "python -m flows"
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return "entrepot"


def _china(con: Any) -> list[str] | None:
    found = [f for f in answers.get(con, "CHN", "MYS", parse("2024")) if f.reporter == "CHN" and f.flow == "total"
             and f.currency == "CNY" and f.account == "reported"]
    if not found:
        return None
    figure = found[0]
    return ["China's account of 2024", f"{money(figure.value, 'CNY')}   {figure.dataset}, {figure.locator}"]


def _malaysia(con: Any) -> list[str] | None:
    found = [f for f in answers.get(con, "MYS", "CHN", parse("2024")) if f.reporter == "MYS" and f.flow == "total"]
    if not found:
        return None
    figure = found[0]
    whose = f"as stated by {speaker(figure.dataset)}" if figure.account == "statement" else figure.dataset
    return ["Malaysia's account", f"{money(figure.value, figure.currency)}   {whose}"]


def _then_and_now(con: Any) -> list[str] | None:
    found = answers.versions(con, "MYS", "WLD", parse("2024-06"), flow="import")
    if len(found) < 2:
        return None
    then, now = found[0], found[-1]
    change = (Decimal(now["value"]) / Decimal(then["value"]) - 1) * 100
    return ["Stated then, held now", f"Malaysia's imports of June 2024: {money(then['value'], 'MYR')} stated "
            f"{short(then['released_on'])} → {money(now['value'], 'MYR')} ({change:+.1f} %)".replace("(-", "(−")]


def _revised(con: Any) -> list[str] | None:
    """The first revision that one authority made of its own statement."""
    found = answers.rows(con, "SELECT r.*, a.name FROM stats.trade_revision r JOIN ref.area a ON a.area = r.reporter "
                              "WHERE r.change_kind = 'revised' ORDER BY r.released_at LIMIT 1")
    if not found:
        return None
    one = found[0]
    what = "surplus" if one["flow"] == "balance" and one["old_value"] > 0 else one["flow"]
    month = f"{MONTHS[one['period_start'].month - 1]} {one['period_start'].year}"
    old, new = (money(one[f"{age}_value"], one["currency"], unit=one["old_unit_multiplier"], decimals=one["old_decimals"])
                for age in ("old", "new"))
    return ["Revised", f"{one['name']}'s {what} of {month}: {old} → {new}, as stated by {speaker(one['dataset'])}"]


def _news(con: Any) -> list[str] | None:
    """How the claims of the articles fared."""
    found = con.execute("SELECT verdict, count(*), count(DISTINCT article) FROM mart.claim_report WHERE verdict IS NOT NULL "
                        "GROUP BY verdict ORDER BY 2 DESC, 1").fetchall()
    if not found:
        return None
    ((texts,),) = con.execute("SELECT count(DISTINCT article) FROM mart.claim_report WHERE verdict IS NOT NULL").fetchall()
    fared = "; ".join(f"{count} {label(verdict, count)}" for verdict, count, _ in found)
    return ["News, checked", f"{sum(count for _, count, _ in found)} claims of {texts} articles: {fared}"]
