"""The rules that ship: obvious cases in both languages, which must not wait for a model."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from helpdesk.core.actors import SYSTEM
from tickets.models import Kind, Tone
from tickets.routing.recognition.models import RuleBook
from tickets.routing.recognition.services.rules import new_version, save_rule


def _anywhere(op: str, *values: str) -> dict[str, Any]:
    return {"field": "anywhere", "op": op, "values": list(values)}


PRESETS: tuple[dict[str, Any], ...] = (
    {
        "preset": "danger",
        "name": "Danger to people: gas, fire, electric shock",
        "name_zh": "人身危险：燃气、起火、触电",
        "match": "any",
        "conditions": [
            _anywhere(
                "matches",
                r"\b(smell(s|ed|ing)?( of)? gas|gas (leak|smell)|leaking gas)\b",
                r"\b(caught|catch(es|ing)?|on) fire\b",
                r"\bsmoke\b.{0,20}\b(com(es|ing)|pour(s|ing)|out|from|everywhere)\b",
                r"\b(sparks? (fly|flying|com|from|out)|sparking|electric(al)? shock|electrocuted|burning smell)\b",
                r"\b(exploded|explosion|blew up)\b",
            ),
            _anywhere(
                "contains",
                "煤气味", "燃气味", "燃气泄漏", "漏煤气", "漏气", "冒烟", "起火", "着火", "自燃", "冒火花",
                "打火花", "漏电", "触电",
                "电到", "爆炸", "炸了", "烧焦味", "焦糊味",
            ),
        ],
        "effects": {"is_urgent": True, "tags": ["safety"]},
    },
    {
        "preset": "injury",
        "name": "Somebody was hurt",
        "name_zh": "有人受伤",
        "match": "any",
        "conditions": [
            _anywhere(
                "matches",
                r"\b(got|was|were|been|is) (badly |seriously )?(injured|burned|burnt|scalded|poisoned)\b",
                r"\b(taken|rushed|went|had to go) to (the )?(hospital|a&e|emergency|er)\b",
            ),
            _anywhere(
                "contains",
                "受伤", "烫伤", "割伤", "划伤了", "送医", "进医院", "去医院", "食物中毒", "吃坏肚子", "过敏送",
            ),
        ],
        "effects": {"is_urgent": True, "tags": ["safety"]},
    },
    {
        "preset": "account-stolen",
        "name": "Account stolen or paid by a stranger",
        "name_zh": "账号被盗、盗刷",
        "match": "any",
        "conditions": [
            _anywhere(
                "matches",
                r"\baccount\b.{0,40}\b(hacked|stolen|hijacked|compromised|taken over)\b",
                r"\b(hacked|hijacked|stole|broke) (into )?my account\b",
                r"\b(did ?n[o'’]?t|never) (make|made|place|placed|authori[sz]ed?|approve) (this|these|that|those|the|any|an?)"
                r" (\w+ )?(payment|order|purchase|transaction|charge|transfer)s?\b",
                r"\b(unauthori[sz]ed|fraudulent) (payment|order|purchase|transaction|charge|transfer|login|access)s?\b",
            ),
            _anywhere(
                "contains",
                "被盗号", "号被盗", "账号被盗", "帐号被盗", "账户被盗", "被盗刷", "盗刷", "盗号", "不是我本人操作",
                "非本人操作",
                "不是本人操作", "不是我下的单",
            ),
        ],
        "effects": {"kind": str(Kind.ACCOUNT), "is_urgent": True},
    },
    {
        "preset": "outage",
        "name": "Outage: nothing works for anybody",
        "name_zh": "服务中断：都用不了",
        "match": "any",
        "conditions": [
            _anywhere(
                "matches",
                r"\b(system|site|website|app|service|server|platform)s? (is |are |has been |have been )?(completely |totally )?"
                r"(down|offline|crashed) (for|since|everywhere|again)\b",
                r"\b(complete|total|major|service) outage\b",
                r"\b(nobody|no one|none of us|all our (users|stores|tills|staff)) can (log ?in|pay|work|connect|use)",
            ),
            _anywhere(
                "contains", "系统瘫痪", "系统崩溃", "全部用不了", "全都登不上", "所有人都登不上", "大面积故障",
                "服务中断", "全店无法收银",
            ),
        ],
        "effects": {"kind": str(Kind.TECHNICAL), "is_urgent": True},
    },
    {
        "preset": "authority",
        "name": "Threatens to go to an authority or the public",
        "name_zh": "扬言投诉到监管部门或公开曝光",
        "match": "any",
        "conditions": [
            _anywhere(
                "matches",
                r"\b(trading standards|ombudsman|better business bureau|small claims|consumer (protection|rights) "
                r"(agency|authority|office|board))\b",
                r"\b(my|a|our) (lawyer|solicitor|attorney)\b.{0,60}\b(you|contact|letter|hear|touch)\b",
                r"\b(go(ing)?|went|write|call|talk) to the (press|papers|media|news)\b",
                r"\b(see|sue|take) you (in|to) court\b",
            ),
            _anywhere(
                "contains", "12315", "12345", "消协", "消费者协会", "市场监管", "工商局", "银保监", "律师函",
                "起诉你", "法院见", "找媒体",
                "曝光你", "曝光你们", "网上曝光", "发到微博", "发抖音曝光", "黑猫投诉",
            ),
        ],
        "effects": {"tone": str(Tone.THREAT)},
    },
)  # fmt: skip


@transaction.atomic
def ensure_rules() -> None:
    """A new installation starts with the shipped rules; one that deleted a rule does not get it back."""
    if RuleBook.objects.exists():
        return
    for preset in PRESETS:
        save_rule(None, preset, by=SYSTEM, preset=preset["preset"])
    new_version()
