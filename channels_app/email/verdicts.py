"""What servers on the way said about a mail: authentication (RFC 8601) and spam filters. Sender-written copies do not count."""

import re
from collections.abc import Collection, Mapping

from channels_app.email.parsed import AuthenticationVerdict, SpamVerdict

_METHOD = re.compile(r"(?:^|[;\s])(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]{0,500}\)")
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{1,6})?")
_SCORE = re.compile(r"score\s*=\s*(-?\d{1,6}(?:\.\d{1,6})?)", re.IGNORECASE)
_SCL = re.compile(r"\bSCL:\s*(-?\d{1,2})", re.IGNORECASE)
_RSPAMD = re.compile(r"(?:default|[a-z_]+):\s*(True|False)\s*\[(-?\d+(?:\.\d+)?)", re.IGNORECASE)


def judge_authentication(
    headers: Mapping[str, list[str]], *, trusted_servers: Collection[str] = ()
) -> AuthenticationVerdict:
    """The verdict of the receiving server.

    `trusted_servers` names the authserv-ids that are ours; without it only the topmost header counts, because the server that
    received the mail last wrote its header above whatever the sender had put there.
    """
    trusted = {server.lower() for server in trusted_servers}
    results: dict[str, str] = {}
    named: str | None = None
    for value in headers.get("authentication-results", [])[:20]:
        value = _COMMENT.sub(" ", value)
        server = value.partition(";")[0].split()[:1]
        name = server[0].lower() if server else ""
        if (trusted and name not in trusted) or (not trusted and named not in (None, name)):
            continue
        for method, result in _METHOD.findall(value):
            _merge(results, method.lower(), result.lower())
        named = name if "=" not in name else named
    if "spf" not in results and not trusted and headers.get("received-spf"):
        found = re.match(r"\s*([a-z]+)", headers["received-spf"][0], re.IGNORECASE)
        if found:
            results["spf"] = found[1].lower()
    return AuthenticationVerdict(results.get("spf"), results.get("dkim"), results.get("dmarc"), named)


def _merge(results: dict[str, str], method: str, result: str) -> None:
    """Several signatures: one that passes is enough."""
    if results.get(method) != "pass":
        results[method] = result


def judge_spam(headers: Mapping[str, list[str]], subject: str = "") -> SpamVerdict:
    """The plainest word of the filters that looked at the mail; `is_spam` None if none did."""
    flag = _first(headers, "x-spam-flag").lower()
    status = _first(headers, "x-spam-status")
    score = _number(_first(headers, "x-spam-score")) if "x-spam-score" in headers else None
    if found := _SCORE.search(status):
        score = float(found[1]) if score is None else score
    if score is None and (level := _first(headers, "x-spam-level").strip()):
        score = float(len(level)) if set(level) == {"*"} else None
    if flag or status:
        return SpamVerdict(flag.startswith("yes") or status.lower().startswith("yes"), score, "x-spam")
    verdict = _exchange(headers) or _rspamd(headers) or _other(headers)
    if verdict is not None:
        return verdict
    if re.match(r"\s*(?:\[SPAM\]|\*+\s*SPAM\s*\*+|【垃圾邮件】|\[垃圾邮件\])", subject, re.IGNORECASE):
        return SpamVerdict(True, score, "subject")
    return SpamVerdict(None, score, "x-spam-score" if score is not None else None)


def _exchange(headers: Mapping[str, list[str]]) -> SpamVerdict | None:
    own = _number(_first(headers, "x-ms-exchange-organization-scl"))
    report = _first(headers, "x-forefront-antispam-report")
    found = _SCL.search(report)
    level = own if own is not None else float(found[1]) if found else None
    if level is None:
        return None
    # SFV:SPM and above 4 is what Exchange itself moves to the junk folder.
    return SpamVerdict(level >= 5 or "SFV:SPM" in report or "SFV:SKB" in report, level, "exchange")


def _rspamd(headers: Mapping[str, list[str]]) -> SpamVerdict | None:
    found = _RSPAMD.search(_first(headers, "x-spamd-result"))
    action = _first(headers, "x-rspamd-action").lower()
    if found is None and not action:
        return None
    is_spam = (
        action in ("reject", "add header", "rewrite subject", "quarantine")
        if action
        else bool(found and found[1].lower() == "true")
    )
    return SpamVerdict(is_spam, float(found[2]) if found else None, "rspamd")


def _other(headers: Mapping[str, list[str]]) -> SpamVerdict | None:
    for name in (
        "x-barracuda-spam-status",
        "x-spam",
        "x-gm-spam",
        "x-netease-spam",
        "x-qq-spam",
        "x-aliyun-spam",
        "x-ovh-spam-status",
    ):
        value = _first(headers, name).lower()
        if value:
            return SpamVerdict(value.startswith(("yes", "true", "1", "spam")), None, name)
    return None


def _first(headers: Mapping[str, list[str]], name: str) -> str:
    values = headers.get(name)
    return values[0] if values else ""


def _number(value: str) -> float | None:
    found = _NUMBER.search(value[:50])
    return float(found[0]) if found else None
