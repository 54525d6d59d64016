"""Whether a query adds up what may be added up: told by the rows that each of its sums would take, before it is run.

Rows of ``stats.trade`` overlap (the world beside its partners, totals beside products, years beside months, one table beside another),
so a sum over them that looks right is often twice or five times too large. Of each SELECT with a sum or an average over figures, the
statement as DuckDB parsed it is taken, given counts of distinct kinds beside its own groups, and asked whether any group mixes some. What
cannot be told so is refused, with what can be summed. A query as a whole is read-only by ``warehouse.lake.readonly``; that is asked first.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

from warehouse.schema.errors import NoSum

SUMS = frozenset(("sum", "fsum", "kahan_sum", "sumkahan", "sum_no_overflow", "avg", "mean", "favg"))
FIGURES = frozenset(("stats.trade", "mart.figures", "mart.best", "mart.reported", "mart.summable"))
"""Tables of figures with all columns that tell a figure from another."""
VERSIONS = frozenset(("stats.trade_revision", "mart.versions", "mart.vintages", "mart.revisions", "mart.implied_revision"))
"""Every version of a figure is a row there."""
OTHERS = frozenset(("mart.accounts", "mart.converted", "mart.mirror_gap", "mart.real_value", "mart.share_of_gdp"))
"""Figures without the columns that a sum is told by."""
WAY_OUT = "sum mart.summable within one dataset, reporter, flow, classification, product_level, currency, valuation and period_kind"

_ROWS = "entrepot_rows"
_MIXED = {
    "several currencies": "count(DISTINCT {0}.currency) > 1",
    "several tables of one reporter": "count(DISTINCT ({0}.reporter, {0}.dataset)) > count(DISTINCT {0}.reporter)",
    "flows inside one another (total, export, import, balance)":
        "count(DISTINCT {0}.flow) > 1 AND bool_or({0}.flow NOT IN ('export', 'import'))",
    "totals beside their products, or several lists of products":
        "count(DISTINCT ({0}.reporter, {0}.flow, {0}.period_start, {0}.period_end, {0}.classification, {0}.product_level)) > "
        "count(DISTINCT ({0}.reporter, {0}.flow, {0}.period_start, {0}.period_end))",
    "several valuations of one flow": "count(DISTINCT ({0}.reporter, {0}.flow, {0}.valuation)) > count(DISTINCT ({0}.reporter, {0}.flow))",
    "breakdowns beside what they break down": "count(DISTINCT {0}.breakdown) > 1 AND bool_or({0}.breakdown = '-')",
    "the world or a group beside its members": "count(DISTINCT {0}.partner) > 1 AND bool_or({0}.partner_kind IN ('world', 'group'))",
    "periods inside one another (years, months, year to date)":
        "count(DISTINCT {0}.period_kind) > 1 OR count(DISTINCT ({0}.period_start, {0}.period_end)) > count(DISTINCT {0}.period_start)",
    "a reporter's exports beside their mirror, a partner's imports": "count(DISTINCT {0}.reporter) > 1 AND count(DISTINCT {0}.flow) > 1",
}
"""What makes the rows of one group overlap or differ in kind, as an expression over them."""

Node = dict[str, Any]
Ctes = list[Node]


def check(con: duckdb.DuckDBPyConnection, query: str) -> None:
    """Raise NoSum, with the reason, for a query of one SELECT that adds up or averages figures that overlap. It must bind."""
    statement = json.loads(_one(con, "SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)", query))
    if statement.get("error"):
        return  # EXPLAIN: nothing is added up
    for node, ctes in _selects(statement["statements"][0]["node"], []):
        if node["type"] == "PIVOT":
            if _summed(node) and set(_sources(node["source"], ctes)):
                raise NoSum(f"a PIVOT with a sum cannot be told from one over rows that overlap: write SELECT … GROUP BY; {WAY_OUT}")
            continue
        for sum_ in _summed({name: node[name] for name in ("select_list", "having", "qualify", "modifiers")}):
            for table, alias in _sources(node["from_table"], ctes).items():
                _look(con, node, ctes, sum_, table, alias)


def _look(con: duckdb.DuckDBPyConnection, node: Node, ctes: Ctes, sum_: Node, table: str, alias: str) -> None:
    if table in VERSIONS:
        raise NoSum(f"{table} has a row for every version of a figure, so nothing is added up or averaged there; {WAY_OUT}")
    if table in OTHERS:
        raise NoSum(f"of {table} it cannot be told which rows overlap; {WAY_OUT}")
    try:
        mixed = con.execute(_probe(con, node, ctes, sum_, alias)).fetchall()[0]
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise NoSum(f"whether rows of {table} overlap is told by their dataset, reporter, partner, flow, classification, product_level, "
                    f"breakdown, valuation, currency and period: add them up where those columns are at hand; {WAY_OUT}") from error
    if found := [said for said, is_so in zip(_MIXED, mixed, strict=True) if is_so]:
        raise NoSum(f"{sum_['function_name']} over {table} would take {' and '.join(found)} together, which overlap or are not of one "
                    f"kind: choose one with WHERE, or keep them apart with GROUP BY; {WAY_OUT}")


def _probe(con: duckdb.DuckDBPyConnection, node: Node, ctes: Ctes, sum_: Node, alias: str) -> str:
    """The statement that tells, of each thing in ``_MIXED``, whether some group of a sum has it: the SELECT itself with other columns."""
    made = copy.deepcopy(node)
    # What is nothing or nought adds nothing: CASE WHEN … THEN value END takes the rows of its condition.
    counts = [_with_filter(each, [*_filters(sum_), *_counts_for(sum_)]) for each in _mixed(con, alias)]
    for number, each in enumerate(counts):
        each["alias"] = f"entrepot_{number}"
    made["modifiers"], made["cte_map"] = [], {"map": copy.deepcopy(ctes)}
    if sum_["class"] == "WINDOW":
        made |= {"select_list": counts, "group_expressions": copy.deepcopy(sum_["partitions"]), "having": None, "qualify": None,
                 "group_sets": [list(range(len(sum_["partitions"])))] if sum_["partitions"] else [],
                 "aggregate_handling": "STANDARD_HANDLING"}
    else:
        made["select_list"] = [*made["select_list"], *counts]  # positions, aliases and GROUP BY ALL mean what they meant
    text = _one(con, "SELECT json_deserialize_sql(CAST(? AS JSON))", json.dumps(
        {"error": False, "statements": [{"node": made, "named_param_map": []}]}))
    asked = ", ".join(f"coalesce(bool_or(entrepot_{number}), false)" for number in range(len(_MIXED)))
    return f"SELECT {asked} FROM ({text}) AS entrepot_groups"


def _mixed(con: duckdb.DuckDBPyConnection, alias: str) -> list[Node]:
    """The expressions of ``_MIXED`` over a table of that name, as DuckDB parses them: the name is put into the parse, not into a text."""
    made: list[Node] = json.loads(_parsed_mixed(con))
    for each in _within(made):
        if each.get("class") == "COLUMN_REF" and each["column_names"][0] == _ROWS:
            each["column_names"][0] = alias
    return made


_KEPT: list[str] = []


def _parsed_mixed(con: duckdb.DuckDBPyConnection) -> str:
    if not _KEPT:
        text = _one(con, "SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)",
                    f"SELECT {', '.join(each.format(_ROWS) for each in _MIXED.values())} FROM {_ROWS}")
        _KEPT.append(json.dumps(json.loads(text)["statements"][0]["node"]["select_list"]))
    return _KEPT[0]


def _filters(sum_: Node) -> list[Node]:
    return [copy.deepcopy(each) for each in (sum_.get("filter"), sum_.get("filter_expr")) if each]


def _counts_for(sum_: Node) -> list[Node]:
    nought = {"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "", "query_location": 0,
              "value": {"type": {"id": "INTEGER", "type_info": None}, "is_null": False, "value": 0}}
    return [{"class": "COMPARISON", "type": "COMPARE_NOTEQUAL", "alias": "", "query_location": 0, "left": copy.deepcopy(child),
             "right": nought} for child in sum_["children"][:1]]


def _with_filter(expression: Node, filters: list[Node]) -> Node:
    """Every aggregate of an expression over the rows of these conditions alone."""
    both = filters[0] if len(filters) == 1 else {"class": "CONJUNCTION", "type": "CONJUNCTION_AND", "alias": "", "query_location": 0,
                                                 "children": filters}
    for each in _within(expression):
        if each.get("class") == "FUNCTION" and each["function_name"] in ("count", "bool_or"):
            each["filter"] = copy.deepcopy(both)
    return expression


def _selects(node: Any, ctes: Ctes) -> Iterator[tuple[Node, Ctes]]:
    """Every SELECT and PIVOT of a statement, with the WITH that it may name."""
    if isinstance(node, list):
        for each in node:
            yield from _selects(each, ctes)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("cte_map"), dict):
        for entry in node["cte_map"]["map"]:
            yield from _selects(entry["value"]["query"]["node"], ctes)
            ctes = [*ctes, entry]
    if node.get("type") == "SELECT_NODE" or (node.get("type") == "PIVOT" and "source" in node):
        yield node, ctes
    for name, each in node.items():
        if name != "cte_map":
            yield from _selects(each, ctes)


def _sources(table: Node, ctes: Ctes) -> dict[str, str]:
    """The tables of figures that a FROM reaches without adding them up on the way, each with the name by which its columns go."""
    kind = table.get("type")
    if kind == "BASE_TABLE":
        alias = str(table["alias"] or table["table_name"])
        for place, entry in reversed(list(enumerate(ctes))):
            if not table["schema_name"] and entry["key"].lower() == table["table_name"].lower():
                return {reached: alias for reached in _of_node(entry["value"]["query"]["node"], ctes[:place])}
        # Without a schema, or behind a catalogue alone, a name is one of mart's.
        schema = table["schema_name"].lower()
        name = f"{'mart' if schema in ('', 'lake', 'memory', 'now') else schema}.{table['table_name']}".lower()
        return {name: alias} if name in FIGURES | VERSIONS | OTHERS else {}
    if kind == "SUBQUERY":
        return {reached: str(table["alias"] or "unnamed_subquery") for reached in _of_node(table["subquery"]["node"], ctes)}
    if kind == "JOIN":
        return _sources(table["left"], ctes) | _sources(table["right"], ctes)
    if kind == "PIVOT":
        return _sources(table["source"], ctes)
    return {}


def _of_node(node: Node, ctes: Ctes) -> set[str]:
    """The tables of figures whose rows a query gives one by one."""
    if isinstance(node.get("cte_map"), dict):
        ctes = [*ctes, *node["cte_map"]["map"]]
    if node["type"] == "SELECT_NODE":
        adds_up = node["group_expressions"] or node["aggregate_handling"] == "FORCE_AGGREGATES" or any(
            each["class"] == "FUNCTION" for each in _summed(node["select_list"]))
        return set() if adds_up else set(_sources(node["from_table"], ctes))
    return {name for side in ("left", "right") if isinstance(node.get(side), dict) for name in _of_node(node[side], ctes)} | {
        name for each in node.get("children", ()) for name in _of_node(each, ctes)}


def _summed(expressions: Any) -> list[Node]:
    """The sums and averages among expressions, those of queries inside them apart."""
    return [each for each in _within(expressions) if each.get("class") in ("FUNCTION", "WINDOW") and each.get("children")
            and str(each.get("function_name", "")).lower() in SUMS and any("column_names" in part for part in _within(each["children"]))]


def _within(part: Any) -> Iterator[Node]:
    """Every part of a parse, but for the queries inside it."""
    if isinstance(part, list):
        for each in part:
            yield from _within(each)
    elif isinstance(part, Mapping):
        yield dict(part) if not isinstance(part, dict) else part
        for name, each in part.items():
            if name not in ("subquery", "cte_map"):
                yield from _within(each)


def _one(con: duckdb.DuckDBPyConnection, sql: str, value: str) -> str:
    return str(con.execute(sql, [value]).fetchall()[0][0])
