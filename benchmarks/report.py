"""Figures as lines on the screen and as Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.measuring import Figures


def line(one: Figures) -> str:
    """One measurement on one line."""
    goal = f" goal {one.goal:g}" if one.goal else ""
    quiet = f"quiet {one.quiet or 0:6.2f} after {one.background:5.2f}"
    cost = f"cpu {one.cpu:6.2f} (web {one.web:6.2f} pg {one.pg:5.2f}) {quiet}{goal:9}"
    times = f"p50 {one.p50:6.1f} p95 {one.p95:6.1f} p99 {one.p99:6.1f} ms {one.rate:6.1f}/s"
    return f"  {one.scenario:16} {one.clients} cl  {cost} {times}  q {one.queries}  {one.bytes} B"


def markdown(whole: Mapping[str, Any]) -> str:
    """The tables of `docs/performance.md`."""
    sizes = whole["sizes"]
    parts = [
        _cpu_table(sizes),
        _latency_table(sizes),
        _others(sizes, whole.get("rest")),
        _clocks(whole.get("clocks")),
        _routing(whole.get("routing")),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def name_of(size: int) -> str:
    return f"{size // 1_000_000} M" if size >= 1_000_000 else f"{size // 1000} k" if size >= 1000 else str(size)


def _by_key(size: Mapping[str, Any], clients: int) -> dict[str, Any]:
    return {one["scenario"]: one for one in size["figures"] if one["clients"] == clients}


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join(['---'] + ['---:'] * (len(head) - 1))}|"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _quiet(one: Mapping[str, Any]) -> float:
    """The cost without other work on the machine, where there were enough batches to tell."""
    return float(one["quiet"] or one["cpu"])


def _cpu_table(sizes: Sequence[Mapping[str, Any]]) -> str:
    """Processor time per request at one client: the cheapest tenth of the batches, and the median at the largest size."""
    columns = [_by_key(size, 1) for size in sizes]
    largest = columns[-1]
    bare = _quiet(largest["bare"]) if "bare" in largest else None
    head = ["CPU ms per request (web + PostgreSQL)", *(name_of(size["tickets"]) for size in sizes), "growth", "× bare"]
    head += ["median", "of which PostgreSQL", "queries", "workers after it", "goal"]
    rows = []
    for key, last in largest.items():
        values = [f"{_quiet(column[key]):.1f}" if key in column else "" for column in columns]
        first = columns[0].get(key)
        growth = f"{_quiet(last) / _quiet(first):.2f}" if first and len(columns) > 1 and _quiet(first) else ""
        goals = [f"≤ {last['goal']:g}"] if last["goal"] else []
        goals += [f"≤ {last['times_bare']:g} × bare"] if last["times_bare"] else []
        queries = "" if last["queries"] is None else last["queries"]
        times = f"{_quiet(last) / bare:.2f}" if bare else ""
        costs = [f"{last['cpu']:.1f}", f"{last['pg']:.1f}", queries, last["background"] or "", ", ".join(goals)]
        rows.append([last["title"], *values, growth, times, *costs])
    return _table(head, rows)


def _latency_table(sizes: Sequence[Mapping[str, Any]]) -> str:
    """Latency at the largest size for one and eight clients."""
    one, eight = _by_key(sizes[-1], 1), _by_key(sizes[-1], 8)
    head = [
        f"{name_of(sizes[-1]['tickets'])} tickets, ms",
        "p50",
        "p95",
        "p99",
        "8 clients: p50",
        "p95",
        "p99",
        "requests/s",
        "CPU ms",
    ]
    rows = []
    for key, figures in one.items():
        many = eight.get(key)
        rest = [many["p50"], many["p95"], many["p99"], many["rate"], many["cpu"]] if many else [""] * 5
        rows.append([figures["title"], figures["p50"], figures["p95"], figures["p99"], *rest])
    return _table(head, rows)


def _others(sizes: Sequence[Mapping[str, Any]], rest: Mapping[str, Any] | None) -> str:
    """Inbound mail, push and memory."""
    rows = []
    for size in sizes:
        name = name_of(size["tickets"])
        for key, words in (("inbound", ""), ("inbound_answered", ", each acknowledged by a mail")):
            if key not in size:
                continue
            found = size[key]
            cpu = ", ".join(f"{key} {value}" for key, value in found["cpu_ms_per_mail"].items() if value >= 0.05)
            rows.append([f"{name}: mails stored and answered with 250 per second{words}", found["stored_per_second"]])
            rows.append([f"{name}: mails made into tickets per second{words}", found["tickets_per_second"]])
            if found.get("answered_per_second"):
                rows.append([f"{name}: acknowledgements sent per second meanwhile", found["answered_per_second"]])
            rows.append([f"{name}: CPU ms per mail{words}", cpu])
        if "push" in size:
            for part, source in (("quiet", "intake"), ("busy", "intake"), ("by_mail", "mail by SMTP")):
                if part not in size["push"]:
                    continue
                found = size["push"][part]
                words = f"{found['p50_ms']} / {found['p95_ms']} / {found['p99_ms']}"
                rate = found["changes_per_second"]
                rows.append([f"{name}: push, 200 desks, {rate} changes/s ({source}), p50 / p95 / p99 ms", words])
        if "memory_mb" in size:
            memory = ", ".join(f"{key} {value:g}" for key, value in sorted(size["memory_mb"].items()))
            rows.append([f"{name}: memory after the run, MB PSS", memory])
    if rest:
        parts = ", ".join(f"{name} {mb:g}" for name, mb in rest["by_process"].items())
        rows.append(["whole stack at rest with the demo data, MB PSS", f"**{rest['total_mb']}** ({parts})"])
    return _table(["", ""], rows) if rows else ""


def _routing(found: Sequence[Mapping[str, Any]] | None) -> str:
    """The matcher by backlog."""
    if not found:
        return ""
    rows = [
        [f"{one['waiting']:,} waiting", str(one["per_second"]), f"{one['batch_p50_ms']} / {one['batch_p99_ms']}"]
        for one in found
    ]
    return _table(["matcher, 500 agents online", "assignments/s (goal ≥ 200)", "ms of a batch, p50 / p99"], rows)


def _clocks(found: Mapping[str, Any] | None) -> str:
    """The sweep's figures."""
    if not found:
        return ""
    tick, burst, lag = found["tick"], found["at_once"], found["lag"]
    rows = [
        ["a tick with nothing due, clocks alone, ms CPU (p50 / p99 wall)", _tick(tick["clocks"]), "≤ 20"],
        ["a tick with nothing due, all due rows, ms CPU (p50 / p99 wall)", _tick(tick["all_due_rows"]), "≤ 20"],
        [f"{burst['due']:,} due in one second: last committed after, s", burst["last_after_seconds"], "≤ 20"],
        ["50 due a second for a minute: deadline to commit, p50 / p99, ms", f"{lag['p50_ms']} / {lag['p99_ms']}", "p99 ≤ 2,000"],
    ]  # fmt: skip
    return _table([f"{found['clocks']:,} running clocks, 60 mails/s arriving", "measured", "goal"], rows)


def _tick(one: Mapping[str, float]) -> str:
    return f"{one['cpu_ms']:g} ({one['p50_ms']:g} / {one['p99_ms']:g})"
