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
    """Someone of the staff; the first nine are the accounts a visitor signs in with, in the language of their browser."""

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
    PersonSeed("admin", "Admin", Role.ADMINISTRATOR, ()),
    PersonSeed("wu.lin", "吴琳", Role.AGENT, ("support", "online-shop"), language="zh-hans"),
    PersonSeed("zhang.wei", "张伟", Role.AGENT, ("after-sales",), language="zh-hans"),
    PersonSeed("maria.k", "Maria Keller", Role.AGENT, ("support", "technical")),
    PersonSeed("li.qiang", "李强", Role.AGENT, ("logistics",), language="zh-hans"),
    PersonSeed("tom.h", "Tom Harris", Role.AGENT, ("online-shop",)),
    PersonSeed("xu.jing", "徐静", Role.AGENT, ("technical", "after-sales"), language="zh-hans"),
)


@dataclass(frozen=True)
class ProductSeed:
    sku: str
    name: str
    name_zh: str
    category: str
    price: Decimal
    warranty_months: int = 12


PRODUCTS = (
    ProductSeed("W10P", "Drum washer W10 Pro", "滚筒洗衣机 W10 Pro", "washer", Decimal("4299.00"), 36),
    ProductSeed("W7", "Drum washer W7", "滚筒洗衣机 W7", "washer", Decimal("2699.00"), 36),
    ProductSeed("D5", "Heat-pump dryer D5", "热泵干衣机 D5", "dryer", Decimal("3899.00"), 24),
    ProductSeed("F520", "French-door fridge F520", "法式冰箱 F520", "fridge", Decimal("5999.00"), 36),
    ProductSeed("F300", "Two-door fridge F300", "双门冰箱 F300", "fridge", Decimal("2399.00"), 36),
    ProductSeed("A35", "Wall air conditioner A35", "壁挂空调 A35", "air conditioner", Decimal("3199.00"), 72),
    ProductSeed("H60", "Gas water heater H60", "燃气热水器 H60", "water heater", Decimal("1899.00"), 24),
    ProductSeed("R7", "Range hood R7", "抽油烟机 R7", "hood", Decimal("2599.00"), 24),
    ProductSeed("S8", "Dishwasher S8", "洗碗机 S8", "dishwasher", Decimal("3699.00"), 24),
    ProductSeed("T65", "65-inch television T65", "65 英寸电视 T65", "television", Decimal("3999.00"), 12),
    ProductSeed("V3", "Cordless vacuum V3", "无线吸尘器 V3", "vacuum", Decimal("1499.00"), 24),
    ProductSeed("K2", "Electric kettle K2", "电水壶 K2", "kettle", Decimal("199.00"), 12),
    ProductSeed("P1", "Air purifier P1", "空气净化器 P1", "purifier", Decimal("1299.00"), 12),
    ProductSeed("C4", "Rice cooker C4", "电饭煲 C4", "cooker", Decimal("399.00"), 12),
)

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
