"""The company of the demo: teams, people, products."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from helpdesk.accounts.permissions import Role

COMPANY = "Lantian Home"
COMPANY_ZH = "蓝天家电"


@dataclass(frozen=True)
class TeamSeed:
    slug: str
    name: str
    name_zh: str
    is_default: bool = False


TEAMS = (
    TeamSeed("support", "Customer service", "客户服务", is_default=True),
    TeamSeed("after-sales", "After-sales", "售后服务"),
    TeamSeed("logistics", "Logistics", "物流"),
    TeamSeed("technical", "Technical support", "技术支持"),
    TeamSeed("online-shop", "Online shop", "线上商城"),
)


@dataclass(frozen=True)
class PersonSeed:
    """Someone of the staff; those with a word for a user name are the accounts that a visitor signs in with, in the language of
    their browser."""

    username: str
    name: str
    role: str
    teams: tuple[str, ...]
    language: str = ""
    is_lead: bool = False


PEOPLE = (
    PersonSeed("agent", "Chen Yu", Role.AGENT, ("support", "after-sales")),
    PersonSeed("lead", "He Min", Role.LEAD, ("support", "after-sales"), is_lead=True),
    PersonSeed(
        "supervisor", "Zhao Qian", Role.SUPERVISOR, ("support", "after-sales", "logistics", "technical", "online-shop")
    ),
    PersonSeed("editor", "Emily Carter", Role.EDITOR, ("support",)),
    PersonSeed("quality", "Sun Rui", Role.QUALITY, ()),
    PersonSeed("engineer", "Wang Jianguo", Role.ENGINEER, ("technical",)),
    PersonSeed("warehouse", "Liu Dong", Role.WAREHOUSE, ("logistics",)),
    PersonSeed("approver", "Zhou Qi", Role.APPROVER, ("after-sales",)),
    PersonSeed("finance", "Lin Fang", Role.FINANCE, ()),
    PersonSeed("outlet", "Guo Peng", Role.OUTLET, ()),
    PersonSeed("admin", "Admin", Role.ADMINISTRATOR, ()),
    PersonSeed("wu.lin", "吴琳", Role.AGENT, ("support", "online-shop"), language="zh-hans"),
    PersonSeed("zhang.wei", "张伟", Role.AGENT, ("after-sales",), language="zh-hans"),
    PersonSeed("maria.k", "Maria Keller", Role.AGENT, ("support", "technical")),
    PersonSeed("li.qiang", "李强", Role.AGENT, ("logistics",), language="zh-hans"),
    PersonSeed("tom.h", "Tom Harris", Role.AGENT, ("online-shop",)),
    PersonSeed("xu.jing", "徐静", Role.AGENT, ("technical", "after-sales"), language="zh-hans"),
    PersonSeed("sun.hao", "孙浩", Role.APPROVER, ("logistics",), language="zh-hans"),
    PersonSeed("qian.lei", "钱磊", Role.WAREHOUSE, ("logistics",), language="zh-hans"),
    PersonSeed("fang.yuan", "方圆", Role.FINANCE, (), language="zh-hans"),
    PersonSeed("ma.tao", "马涛", Role.ENGINEER, ("technical",), language="zh-hans"),
    PersonSeed("ren.jie", "任杰", Role.ENGINEER, ("technical",), language="zh-hans"),
    PersonSeed("paul.w", "Paul Weber", Role.ENGINEER, ("technical",)),
    PersonSeed("shi.lei", "石磊", Role.OUTLET, (), language="zh-hans"),
    PersonSeed("bai.yu", "白宇", Role.OUTLET, (), language="zh-hans"),
)


@dataclass(frozen=True)
class ProductSeed:
    sku: str
    name: str
    name_zh: str
    category: str
    price: Decimal
    warranty_months: int = 12
    traits: tuple[str, ...] = ()
    is_serviced_on_site: bool = False


GUARANTEED = ("three_guarantees",)
PRODUCTS = (
    ProductSeed(
        "W10P", "Drum washer W10 Pro", "滚筒洗衣机 W10 Pro", "washer", Decimal("4299.00"), 36, GUARANTEED, True
    ),
    ProductSeed("W7", "Drum washer W7", "滚筒洗衣机 W7", "washer", Decimal("2699.00"), 36, GUARANTEED, True),
    ProductSeed("D5", "Heat-pump dryer D5", "热泵干衣机 D5", "dryer", Decimal("3899.00"), 24, GUARANTEED, True),
    ProductSeed("F520", "French-door fridge F520", "法式冰箱 F520", "fridge", Decimal("5999.00"), 36, GUARANTEED, True),
    ProductSeed("F300", "Two-door fridge F300", "双门冰箱 F300", "fridge", Decimal("2399.00"), 36, GUARANTEED, True),
    ProductSeed(
        "A35", "Wall air conditioner A35", "壁挂空调 A35", "air conditioner", Decimal("3199.00"), 72, GUARANTEED, True
    ),
    ProductSeed("H60", "Gas water heater H60", "燃气热水器 H60", "water heater", Decimal("1899.00"), 24, GUARANTEED),
    ProductSeed("R7", "Range hood R7", "抽油烟机 R7", "hood", Decimal("2599.00"), 24, GUARANTEED),
    ProductSeed("S8", "Dishwasher S8", "洗碗机 S8", "dishwasher", Decimal("3699.00"), 24, GUARANTEED, True),
    ProductSeed(
        "T65", "65-inch television T65", "65 英寸电视 T65", "television", Decimal("3999.00"), 12, GUARANTEED, True
    ),
    ProductSeed("V3", "Cordless vacuum V3", "无线吸尘器 V3", "vacuum", Decimal("1499.00"), 24, GUARANTEED),
    ProductSeed("K2", "Electric kettle K2", "电水壶 K2", "kettle", Decimal("199.00"), 12, GUARANTEED),
    ProductSeed("P1", "Air purifier P1", "空气净化器 P1", "purifier", Decimal("1299.00"), 12, GUARANTEED),
    ProductSeed("C4", "Rice cooker C4", "电饭煲 C4", "cooker", Decimal("399.00"), 12, GUARANTEED),
)
# What else is sold: things with rules of their own, and the parts of the workshop. The stories of tickets are not about these.
ACCESSORIES = (
    ProductSeed("FW2", "Water filter FW2", "净水滤芯 FW2", "consumable", Decimal("129.00"), 3, traits=("hygiene",)),
    ProductSeed("CD9", "Made-to-measure door panel CD9", "定制门板 CD9", "panel", Decimal("880.00"), 12, traits=("custom_made",)),
    ProductSeed("CARE2", "Two years of care, activated by code", "两年延保（激活码）", "service", Decimal("299.00"), 24, traits=("activated",)),
    ProductSeed("K1X", "Electric kettle K1, with a scratch", "电水壶 K1（瑕疵品）", "kettle", Decimal("99.00"), 6, traits=("clearance",)),
    ProductSeed("PT-PUMP", "Drain pump", "排水泵", "part", Decimal("168.00"), 6),
    ProductSeed("PT-BOARD", "Control board", "主控板", "part", Decimal("326.00"), 6),
    ProductSeed("PT-SEAL", "Door seal", "门封圈", "part", Decimal("89.00"), 6),
    ProductSeed("PT-FAN", "Fan motor", "风扇电机", "part", Decimal("145.00"), 6),
    ProductSeed("PT-HOSE", "Inlet hose", "进水管", "part", Decimal("32.00"), 6),
)  # fmt: skip

NAMES_ZH = (
    "李娜", "王芳", "刘洋", "陈静", "杨帆", "赵敏", "黄磊", "周婷", "吴昊", "徐丽", "孙强", "胡军", "朱琳", "高明", "林晓", "何静",
    "郭涛", "马超", "罗丹", "梁宇", "宋佳", "郑凯", "谢雨", "韩雪", "唐宁", "冯刚", "董洁", "萧然", "程诚", "曹颖", "袁野", "邓超然",
    "许诺", "傅蓉", "沈悦", "曾毅", "彭飞", "吕梁", "苏晴", "卢旭", "蒋欣", "蔡琴", "贾斌", "丁一", "魏来", "薛凯", "叶子", "阎肃",
)  # fmt: skip
NAMES_EN = (
    "Emma Clarke", "Priya Nair", "Tom Becker", "Sofia Rossi", "James Miller", "Anna Schmidt", "David Kim", "Laura Jensen",
    "Peter Novak", "Maria Garcia", "John O'Connor", "Fatima Hassan", "Oliver Brown", "Chloe Dubois", "Lucas Silva", "Mia Andersson",
    "Noah Wilson", "Isabel Costa", "Daniel Weber", "Grace Lee", "Ethan Moore", "Hannah Fischer", "Liam Murphy", "Julia Kowalska",
    "Marco Bianchi", "Nina Petrova", "Samuel Green", "Elena Popescu", "Victor Lopez", "Alice Martin", "Ben Carter", "Zoe Walker",
)  # fmt: skip
CITIES_ZH = ("上海", "杭州", "苏州", "南京", "北京", "深圳", "广州", "成都", "武汉", "西安")
CITIES = ("Shanghai", "Hangzhou", "Suzhou", "Nanjing", "Beijing", "Shenzhen", "Guangzhou", "Chengdu", "Wuhan", "Xi'an")
