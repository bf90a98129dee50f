"""Bilingual text for seeded tickets: sentences of an appliance seller's customers and agents, skewed like life.

A sentence is tokenised once by the product's own tokeniser and kept, so a million texts cost set unions; what is unique
to a text (order numbers, names, addresses) is tokenised each time.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Words that the benchmarks search for, and in what share of messages they stand.
RARE = "thermocouple"  # in RARE_TICKETS tickets, whatever the size
RARE_ZH = "离合器"
RARE_TICKETS = 5
MEDIUM = "bearing"  # in about one message of 200
MEDIUM_ZH = "轴承"
COMMON = "washer"
COMMON_ZH = "洗衣机"

_PRODUCTS = [
    "washer",
    "fridge",
    "dryer",
    "air conditioner",
    "dishwasher",
    "water heater",
    "television",
    "vacuum",
    "range hood",
]
_PRODUCTS_ZH = ["洗衣机", "冰箱", "干衣机", "空调", "洗碗机", "热水器", "电视", "吸尘器", "抽油烟机"]
_WEIGHTS = [40, 22, 8, 15, 5, 4, 3, 2, 1]
_PARTS = [
    "door seal",
    "pump",
    "drum",
    "display",
    "remote control",
    "filter",
    "hose",
    "compressor",
    "control board",
    "power cord",
]
_PARTS_ZH = ["门封", "水泵", "滚筒", "显示屏", "遥控器", "滤网", "水管", "压缩机", "主板", "电源线"]
_FAULTS = [
    "leaks water",
    "makes a loud noise",
    "does not start",
    "shows error E21",
    "stops halfway",
    "smells burnt",
    "is not cold",
]
_FAULTS_ZH = ["漏水", "噪音很大", "无法启动", "显示E21故障", "中途停机", "有烧焦味", "不制冷"]
_CITIES = ["Shanghai", "Hangzhou", "Berlin", "Leeds", "Chengdu", "Shenzhen", "Dublin", "Toronto"]
_CITIES_ZH = ["上海", "杭州", "北京", "成都", "深圳", "广州", "南京", "西安"]
_DAYS = ["yesterday", "this morning", "last week", "on Monday", "two days ago"]
_DAYS_ZH = ["昨天", "今天早上", "上周", "周一", "两天前"]

_TEMPLATES = [
    "The {product} that I bought {day} {fault}.",
    "Since {day} the {product} {fault} and nobody could help me on the phone.",
    "I have already cleaned the {part} as the manual says, it changed nothing.",
    "Could you send a technician to {city} this week?",
    "Please tell me whether the warranty covers the {part}.",
    "The courier left the {product} at the wrong address in {city}.",
    "I would like to return the {product} and have my money back.",
    "Which {part} fits my {product}, and how long is the delivery?",
    "The invoice shows the wrong company name, please send a corrected one.",
    "Attached you find photos of the {part} and of the type plate.",
    "The app says the {product} is offline although the network works.",
    "Thank you for the quick answer, it works again now.",
    "I am still waiting for the refund that was promised {day}.",
    "The installation team in {city} did not come at the agreed time.",
    "Is there a spare {part} in stock near {city}?",
]
_TEMPLATES_ZH = [
    "我{day}买的{product}{fault}，请尽快处理。",
    "从{day}开始{product}就{fault}，打电话一直没有人接。",
    "我已经按照说明书清洗了{part}，还是没有变化。",
    "这周可以安排师傅到{city}上门维修吗？",
    "请问{part}在不在保修范围之内？",
    "快递把{product}送到了{city}的另一个地址。",
    "我想退货，请告诉我退款流程。",
    "我的{product}应该配哪一种{part}，多久能发货？",
    "发票抬头写错了，麻烦重新开一张。",
    "附件里是{part}和铭牌的照片。",
    "手机上显示{product}离线，但是网络是正常的。",
    "谢谢你们的快速回复，现在已经可以正常使用了。",
    "{day}答应的退款到现在还没有到账。",
    "{city}的安装师傅没有按约定时间上门。",
    "{city}附近的仓库还有{part}吗？",
]
_ANSWERS = [
    "Thank you for your message, we are sorry for the trouble with the {product}.",
    "A technician will call you tomorrow to agree on a time in {city}.",
    "Please unplug the {product} for ten minutes and check the {part} once more.",
    "The {part} is covered by the warranty, we send it free of charge.",
    "Your refund was approved and arrives within five working days.",
]
_ANSWERS_ZH = [
    "您好，感谢您的来信，{product}给您带来不便非常抱歉。",
    "师傅明天会联系您，约定在{city}上门的时间。",
    "请先断电十分钟，然后再检查一下{part}。",
    "{part}在保修范围内，我们免费为您寄出。",
    "您的退款已经审核通过，五个工作日内到账。",
]
_SUBJECTS = [
    "{product} {fault}",
    "Question about the {part} of my {product}",
    "Refund for order",
    "Delivery to {city}",
    "Invoice",
    "Spare {part}",
]
_SUBJECTS_ZH = ["{product}{fault}", "咨询{product}的{part}", "订单退款", "{city}的配送", "开发票", "购买{part}"]

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂香文辉玲建华国庆小红梅雪晨宇欣怡佳琪子轩浩然思远雨桐梓涵一诺"
_FIRST = [
    "Emma",
    "Priya",
    "Tom",
    "Sofia",
    "James",
    "Anna",
    "David",
    "Laura",
    "Peter",
    "Maria",
    "John",
    "Fatima",
    "Oliver",
    "Chloe",
    "Lucas",
    "Mia",
    "Noah",
    "Isabel",
    "Daniel",
    "Grace",
]
_LAST = [
    "Clarke",
    "Nair",
    "Becker",
    "Rossi",
    "Miller",
    "Schmidt",
    "Kim",
    "Jensen",
    "Novak",
    "Garcia",
    "Hassan",
    "Brown",
    "Dubois",
    "Silva",
    "Wilson",
    "Costa",
    "Weber",
    "Lee",
    "Moore",
    "Fischer",
    "Murphy",
    "Okafor",
    "Tanaka",
    "Haddad",
]


@dataclass(frozen=True)
class Sentence:
    """A sentence with its index tokens, quoted for a `tsvector` literal."""

    text: str
    tokens: frozenset[str]


@dataclass(frozen=True)
class Pool:
    """Sentences of one language, with how often each comes."""

    customer: Sequence[Sentence]
    agent: Sequence[Sentence]
    subjects: Sequence[Sentence]
    weights: Sequence[float]
    joint: str


def quoted_tokens(text: str) -> set[str]:
    """The product's tokens of a text, each as it stands in a `tsvector` literal."""
    from helpdesk.core.search import document

    return set(document(text).split(" ")) - {""}


def _fill(templates: Sequence[str], values: dict[str, Sequence[str]], rng: random.Random, number: int) -> list[str]:
    found: dict[str, None] = {}
    for template in itertools.cycle(templates):
        picked = {
            name: rng.choices(words, _WEIGHTS[: len(words)] if name == "product" else None)[0]
            for name, words in values.items()
        }
        found[template.format(**picked)] = None
        number -= 1
        if number <= 0:
            return list(found)
    raise AssertionError


def _sentences(texts: Sequence[str]) -> list[Sentence]:
    return [Sentence(text, frozenset(quoted_tokens(text))) for text in texts]


def pools(seed: int = 7) -> dict[str, Pool]:
    """The sentences of both languages; the same for the same seed."""
    rng = random.Random(seed)
    english: dict[str, Sequence[str]] = {
        "product": _PRODUCTS,
        "part": _PARTS,
        "fault": _FAULTS,
        "city": _CITIES,
        "day": _DAYS,
    }
    chinese: dict[str, Sequence[str]] = {
        "product": _PRODUCTS_ZH, "part": _PARTS_ZH, "fault": _FAULTS_ZH, "city": _CITIES_ZH, "day": _DAYS_ZH,
    }  # fmt: skip
    made = {}
    for language, values, said, answers, subjects, joint in (
        ("en", english, _TEMPLATES, _ANSWERS, _SUBJECTS, " "),
        ("zh-hans", chinese, _TEMPLATES_ZH, _ANSWERS_ZH, _SUBJECTS_ZH, ""),
    ):
        customer = _sentences(_fill(said, values, rng, 1500))
        agent = _sentences(_fill(answers, values, rng, 300))
        titles = _sentences(_fill(subjects, values, rng, 300))
        weights = [1 / (1 + nth) ** 0.5 for nth in range(len(customer))]
        rng.shuffle(weights)
        made[language] = Pool(customer, agent, titles, list(itertools.accumulate(weights)), joint)
    return made


def person(nth: int) -> tuple[str, str, str]:
    """Name, address and language of customer number `nth`; the same each time."""
    rng = random.Random(nth * 2_654_435_761)
    if rng.random() < 0.6:
        name = rng.choice(_SURNAMES) + "".join(rng.choices(_GIVEN, k=rng.choice((1, 2, 2))))
        return name, f"c{nth}@mail{nth % 40}.example", "zh-hans"
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    return f"{first} {last}", f"{first}.{last}{nth}@post{nth % 40}.example".lower(), "en"


def mail(nth: int, *, rng: random.Random, known: dict[str, Pool], recipient: str, run: str) -> tuple[str, bytes]:
    """A customer's mail as bytes with its sender: half of them plain, half with an HTML part; some in GB18030."""
    from email.message import EmailMessage

    name, _address, language = person(nth)
    sender = f"{run}-{nth}@inbound.example"
    pool = known[language]
    body = pool.joint.join(s.text for s in rng.choices(pool.customer, cum_weights=pool.weights, k=rng.randint(3, 7)))
    message = EmailMessage()
    message["From"] = f'"{name}" <{sender}>' if name.isascii() else _encoded(name, sender)
    message["To"] = recipient
    message["Subject"] = rng.choice(pool.subjects).text
    message["Message-ID"] = f"<{run}.{nth}@inbound.example>"
    message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0800"
    charset = "gb18030" if language != "en" and nth % 3 == 0 else "utf-8"
    message.set_content(body, charset=charset, cte="base64" if charset == "gb18030" else None)
    if nth % 2:
        message.add_alternative(f"<html><body><p>{body}</p><p>--<br>{name}</p></body></html>", subtype="html")
    return sender, message.as_bytes()


def _encoded(name: str, address: str) -> Any:
    from email.headerregistry import Address

    local, _, domain = address.partition("@")
    return Address(name, local, domain)
