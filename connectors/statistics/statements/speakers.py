"""Whose statements are kept: one dataset for each speaker and account, lowest in the chain of the account it speaks of.

Facts about datasets alone; the statements are in ``statements.csv``, their reader in ``connector``, both beside it.
A dataset has one chain and one table: a ministry that speaks of the world, of a partner and of ranks has three.
"""

from __future__ import annotations

from warehouse.schema.travel import Dataset, Publisher

PUBLISHER = Publisher(
    publisher="statement", title="Dated statements of authorities and the press", called="a dated statement", languages=("en",),
    tz="Asia/Kuala_Lumpur", licence="Facts in our own words; the pages remain their publishers'",
    attribution="As stated by the speaker that each dataset names",
)
"""Speakers have no account of their own: what they state is of the account at the beginning of its chain."""

CHINA, WORLD, PARTNERS = "gacc.country", "dosm.world", "dosm.country"
"""Chains: China's account by partner, Malaysia's with the world, Malaysia's by partner."""


def _figures(name: str, title: str, chain: str, tz: str, page: str) -> Dataset:
    return Dataset(
        dataset=f"statement.{name}", publisher=PUBLISHER.publisher, title=title, table="stats.trade", account="statement",
        chain=chain, chain_rank=0, revision_mode="overwrite",
        partner_scope="world" if chain == WORLD else "selected",
        licence=PUBLISHER.licence, may_redistribute=True,
        attribution=f"As stated by {title}", page_url=page, tz=tz, cadence="when somebody states a figure",
        missing_means="not_observed",
    )


def _standing(name: str, title: str, tz: str, page: str) -> Dataset:
    """Ranks, streaks and shares as stated: they support "as stated by" and decide nothing."""
    dataset = f"statement.{name}.indicator"
    return Dataset(
        dataset=dataset, publisher=PUBLISHER.publisher, title=f"{title}: ranks, streaks and shares", table="stats.indicator",
        account="statement", chain=dataset, chain_rank=0, revision_mode="overwrite", partner_scope="selected",
        licence=PUBLISHER.licence, may_redistribute=True,
        attribution=f"As stated by {title}", page_url=page, tz=tz, cadence="when somebody states a figure",
        missing_means="not_observed",
    )


_KL, _SH = "Asia/Kuala_Lumpur", "Asia/Shanghai"
_SPEAKERS = (
    # name, title, zone, page, chains of its figures by suffix, whether it states ranks, streaks or shares
    ("gacc", "the General Administration of Customs of China", _SH, "http://english.customs.gov.cn", {"": CHINA}, True),
    ("mofcom", "the Ministry of Commerce of China", _SH, "http://english.mofcom.gov.cn", {"": CHINA}, False),
    ("mfa-chn", "the Ministry of Foreign Affairs of China", _SH, "https://www.mfa.gov.cn/eng", {"": CHINA}, True),
    ("embassy-chn", "China's embassy and consulates in Malaysia", _KL, "http://my.chineseembassy.org/eng", {"": CHINA},
     True),
    ("xinhua", "Xinhua, from official statistics", _SH, "https://english.news.cn", {"": CHINA}, False),
    ("officials-mys", "Malaysian officials, in US dollars", _KL, "", {"": CHINA}, True),
    ("jetc", "the joint economic and trade committee of China and Malaysia", _SH, "",
     {"": PARTNERS, ".chn": CHINA}, True),
    ("miti", "the Ministry of Investment, Trade and Industry of Malaysia", _KL, "https://www.miti.gov.my",
     {"": WORLD, ".country": PARTNERS}, True),
    ("matrade", "the Malaysia External Trade Development Corporation", _KL, "https://www.matrade.gov.my",
     {"": WORLD, ".country": PARTNERS}, True),
    ("mfa-mys", "the Ministry of Foreign Affairs of Malaysia and its missions", _KL, "", {"": PARTNERS}, True),
    ("press", "the press, without a named speaker", _KL, "", {"": PARTNERS}, False),
)


def _all() -> tuple[Dataset, ...]:
    found: list[Dataset] = []
    for name, title, tz, page, chains, ranks in _SPEAKERS:
        found += [_figures(name + suffix, title, chain, tz, page) for suffix, chain in chains.items()]
        if ranks:
            found.append(_standing(name, title, tz, page))
    return tuple(found)


DATASETS = _all()
