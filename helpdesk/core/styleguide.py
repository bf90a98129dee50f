"""Sample content for the style guide: every component in a believable state, in both languages. Shown at /styleguide/ in demo mode."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

Row = tuple[Any, ...]

# subject, customer, level, preview, channel, priority, status, status label, tags, owner, unread, minutes ago, clock
ROWS_EN: tuple[Row, ...] = (
    ("Refund for returned kettle not received", "Zhang Wei", "core", "Called twice today", "phone", "high", "open", "Open", ["refund"], "Wu Lin", True, 120, ("Reply", -65, 240)),
    ("Washer W10 Pro stops with E21, water on floor", "Li Na", "core", "Invoice and serial label attached", "email", "high", "in_progress", "In progress", ["fault"], "Chen Yu", True, 4, ("Reply", 18, 90)),
    ("Gas smell near water heater H60", "Emma Clarke", "ordinary", "Valve closed, family outside", "phone", "urgent", "in_progress", "In progress", ["safety"], "Zhao Qian", True, 9, ("Dispatch", 34, 240)),
    ("Fridge door dented on delivery, wants exchange", "Liu Yang", "important", "3 photos", "shop", "normal", "open", "Open", ["exchange", "damage", "photos"], "He Min", True, 22, ("Reply", 80, 240)),
    ("空调不制冷，面板显示 F4", "Wang Fang 王芳", "important", "室外机风扇不转", "wechat", "normal", "in_progress", "In progress", ["fault"], "Chen Yu", False, 31, ("Visit", 1270, 1440)),
    ("Public post: “third visit and it still leaks”", "@kitchen_lin", "ordinary", "2.1k reposts, brand mention", "weibo", "high", "open", "Open", ["complaint"], "", False, 38, ("Contact", 220, 720, "risk")),
    ("Where is my order LT-0913-0082?", "Priya Nair", "ordinary", "Parcel scanned in Suzhou", "chat", "normal", "in_progress", "In progress", ["logistics"], "He Min", False, 44, ("Reply", 26, 240)),
    ("Change the invoice title to company name", "Sun Qiang", "ordinary", "Asked for the tax number", "email", "low", "pending", "On customer", ["invoice"], "Chen Yu", False, 63, ("Reply", "paused")),
    ("Move hood R7 installation to Saturday", "He Jing", "important", "10:00–12:00 offered", "portal", "normal", "in_progress", "In progress", ["install"], "Wu Lin", False, 70, ("Reply", "met", 480)),
    ("Screws missing from dishwasher kit", "Xu Lei", "ordinary", "Warehouse checks the lot", "xiaohongshu", "normal", "on_hold", "On warehouse", ["parts"], "Zhao Qian", False, 125, ("Reply", "paused")),
    ("直播间优惠券结算时没有抵扣", "Gao Ming 高明", "ordinary", "Order not yet paid", "douyin", "normal", "new", "New", ["coupon"], "", False, 130, ("Reply", 52, 240)),
    ("Dryer D5: price of extended warranty", "Tom Becker", "ordinary", "Left number at Xuhui store", "store", "low", "new", "New", ["pre-sales"], "He Min", False, 185, ("Reply", 1320, 1440)),
    ("Range hood R7 vibrates at level 3", "Ann Ford", "ordinary", "Video attached", "wecom", "normal", "new", "New", ["fault"], "", False, 190, ("Reply", 900, 1440)),
)  # fmt: skip
ROWS_ZH: tuple[Row, ...] = (
    ("退货的电热水壶退款一直没到账", "张伟", "core", "今天已来电两次", "phone", "high", "open", "待处理", ["退款"], "吴琳", True, 120, ("回复", -65, 240)),
    ("洗衣机 W10 Pro 报 E21 停机，地面有积水", "李娜", "core", "附上发票和铭牌照片", "email", "high", "in_progress", "处理中", ["故障"], "陈屿", True, 4, ("回复", 18, 90)),
    ("热水器 H60 附近有燃气味", "Emma Clarke", "ordinary", "已关阀，家人在室外", "phone", "urgent", "in_progress", "处理中", ["安全"], "赵哲", True, 9, ("派单", 34, 240)),
    ("冰箱门送货时磕凹，要求换货", "刘洋", "important", "3 张照片", "shop", "normal", "open", "待处理", ["换货", "破损", "照片"], "何敏", True, 22, ("回复", 80, 240)),
    ("空调不制冷，面板显示 F4", "王芳", "important", "室外机风扇不转", "wechat", "normal", "in_progress", "处理中", ["故障"], "陈屿", False, 31, ("上门", 1270, 1440)),
    ("公开微博：“第三次上门了还在漏”", "@厨房里的林", "ordinary", "转发 2100，提及品牌", "weibo", "high", "open", "待处理", ["投诉"], "", False, 38, ("介入", 220, 720, "risk")),
    ("我的订单 LT-0913-0082 到哪了？", "赵敏", "ordinary", "包裹已到苏州", "chat", "normal", "in_progress", "处理中", ["物流"], "何敏", False, 44, ("回复", 26, 240)),
    ("发票抬头改为公司名称", "孙强", "ordinary", "已请客户补充税号", "email", "low", "pending", "等待客户", ["发票"], "陈屿", False, 63, ("回复", "paused")),
    ("油烟机 R7 安装改到周六", "何静", "important", "已提供 10:00–12:00", "portal", "normal", "in_progress", "处理中", ["安装"], "吴琳", False, 70, ("回复", "met", 480)),
    ("洗碗机安装包少了螺丝", "徐蕾", "ordinary", "仓库正在核对批次", "xiaohongshu", "normal", "on_hold", "等待仓库", ["缺件"], "赵哲", False, 125, ("回复", "paused")),
    ("直播间优惠券结算时没有抵扣", "高明", "ordinary", "订单尚未付款", "douyin", "normal", "new", "新建", ["优惠券"], "", False, 130, ("回复", 52, 240)),
    ("烘干机 D5 延保价格咨询", "Tom Becker", "ordinary", "在徐汇门店留了电话", "store", "low", "new", "新建", ["售前"], "何敏", False, 185, ("回复", 1320, 1440)),
    ("油烟机 R7 三档时抖动明显", "安娜", "ordinary", "附有视频", "wecom", "normal", "new", "新建", ["故障"], "", False, 190, ("回复", 900, 1440)),
)  # fmt: skip


def chip(now: datetime, label: str, left: int | str, span: int = 240, extra: str = "") -> SimpleNamespace:
    """A clock: minutes left and its whole span, or `paused`, or `met` with the seconds taken."""
    if isinstance(left, str):
        return SimpleNamespace(
            label=label,
            state=left,
            started_at=None,
            due_at=None,
            warn_at=None,
            is_at_risk=False,
            seconds_taken=span if left == "met" else None,
        )
    due = now + timedelta(minutes=left, seconds=30)
    return SimpleNamespace(
        label=label,
        state="running",
        started_at=due - timedelta(minutes=span),
        due_at=due,
        warn_at=None,
        is_at_risk=extra == "risk",
        seconds_taken=None,
    )


def rows(language: str) -> list[SimpleNamespace]:
    """The ticket rows of the sample desk."""
    now = timezone.now()
    found = []
    for number, data in enumerate(ROWS_ZH if language.startswith("zh") else ROWS_EN):
        (subject, name, level, preview, channel, priority, category, label, tags, owner, unread, age, clock) = data
        found.append(
            SimpleNamespace(
                id=20870 + number, number=f"HD-{20870 + number}", subject=subject, customer_name=name, customer_level=level,
                customer_lang="zh-Hans" if any("\u4e00" <= c <= "\u9fff" for c in subject) else "en", preview=preview, channel_kind=channel,
                priority=priority, status_category=category, status_label=label, tags=tags, owner_id=owner, owner_name=owner, is_unread=unread,
                last_activity_at=now - timedelta(minutes=age), has_attachments=number == 1, clocks=[chip(now, *clock)], url="#", version=1,
            )
        )  # fmt: skip
    return found


def views(zh: bool) -> list[dict[str, Any]]:
    """Groups of the views column."""

    def view(icon: str, en: str, cn: str, count: int, look: str = "", current: bool = False) -> dict[str, Any]:
        return {
            "icon": icon,
            "label": cn if zh else en,
            "count": count,
            "count_look": look,
            "url": "#",
            "key": en,
            "is_current": current,
        }

    return [
        {"label": "", "views": [view("my-open", "My open", "我的处理中", 12), view("waiting", "Waiting on others", "等待回复", 7), view("snooze", "Snoozed", "已暂缓", 3), view("mention", "Mentions", "提到我的", 2)]},
        {"label": "售后一组" if zh else "After-sales team", "views": [
            view("all-open", "All open", "全部未结", 48, current=True), view("inbox", "Unassigned", "待分配", 9), view("due-soon", "Due soon", "即将到期", 5, "warn"),
            view("breached", "Breached", "已超时", 2, "bad"), view("triage", "Triage", "待分诊", 4), view("at-risk", "Likely to breach", "有超时风险", 3)]},
        {"label": "收藏视图" if zh else "Saved", "views": [view("core-customer", "Core customers", "核心客户", 6), view("calendar", "Visits tomorrow", "明日上门", 14), view("batch", "W10 Pro batch", "W10 Pro 批次", 6)]},
    ]  # fmt: skip


def conversation(zh: bool) -> dict[str, Any]:
    """Messages, events and the composer of the sample ticket."""
    now = timezone.now()
    ago = lambda minutes: now - timedelta(minutes=minutes)  # noqa: E731
    li, chen = ("李娜", "陈屿") if zh else ("Li Na", "Chen Yu")
    files = [
        SimpleNamespace(name="invoice-0712.pdf", size=188_000, url="#", kind="text"),
        SimpleNamespace(
            name="label.jpg", size=1_150_000, url="#", kind="image", preview_url="/static/img/sample-washer.svg"
        ),
    ]
    pics = [
        SimpleNamespace(url="/static/img/sample-washer.svg", name="E21"),
        SimpleNamespace(url="/static/img/sample-floor.svg", name="water"),
    ]
    return {
        "bubble_in": SimpleNamespace(id=1, direction="in", lang="zh-Hans" if zh else "en", author_id="li", author_name=li, channel_kind="wechat", at=ago(326), images=pics,
            text="洗衣机洗到一半停了，显示 E21。地上有水，孩子的校服还锁在里面。" if zh else "The washer stopped halfway with E21. Water on the floor, and my son’s school uniform is locked inside."),
        "bubble_out": SimpleNamespace(id=2, direction="out", lang="zh-Hans" if zh else "en", author_id="Chen Yu", author_name=chen, channel_kind="wechat", at=ago(320),
            text="李女士，抱歉给您添麻烦了。请先拔掉电源，我先陪您把门安全打开，再一起查排水泵。" if zh else "Sorry about this, Li Na. Please switch it off at the wall, then I will help you open the door safely.",
            delivery={"label": "已读" if zh else "Read", "look": "ok", "icon": "checks"}),
        "letter": SimpleNamespace(id=3, direction="in", lang="zh-Hans" if zh else "en", author_id="li", author_name=li, author_address="li.na@example.cn", at=ago(6), attachments=files,
            text="门已经打开了，谢谢。发票和铭牌照片见附件。这周能安排师傅上门吗？我每天 16:00 以后在家。" if zh else "The door is open now, thank you. Invoice and serial label attached. Can someone come this week? I am home after 16:00.",
            quoted="On Saturday you wrote:\nPlease switch it off at the wall."),
        "note": SimpleNamespace(id=4, author_name="周琪" if zh else "Zhou Qi", team_name="供应链" if zh else "Supply chain", at=ago(2), lang="zh-Hans" if zh else "en",
            text="@陈屿 2408B 批次 7 天内已有 6 起 E21，请师傅带排水泵上门，不要只带滤网。" if zh else "@Chen Yu lot 2408B has 6 E21 claims in 7 days. Send the engineer with a pump, not only a filter."),
        "events": [
            SimpleNamespace(icon="check", text="申请已通过" if zh else "Claim approved", actor_name=chen, at=ago(297)),
            SimpleNamespace(icon="arrow-up-right", text="已升级至组长，用时达 75 %" if zh else "Escalated to lead, 75 % of time used", actor_name="时钟" if zh else "Clock", at=ago(80)),
            SimpleNamespace(icon="calendar", text="客户已确认上门时间" if zh else "Visit confirmed by customer", actor_name=li, at=ago(1)),
        ],
        "composer": {
            "action": "#", "ticket_id": "20871", "to": "li.na@example.cn", "channel": "email", "mode": "reply", "draft_saved_at": ago(1), "files": [],
            "channels": [
                {"value": "email", "kind": "email", "label": "邮件" if zh else "E-mail", "address": "li.na@example.cn", "is_mail": True},
                {"value": "wechat", "kind": "wechat", "label": "微信" if zh else "WeChat", "limit": 600, "limit_text": "微信回复窗口剩 42 时" if zh else "WeChat closes in 42h"},
                {"value": "sms", "kind": "sms", "label": "短信" if zh else "SMS", "limit": 300}],
            "send_items": [
                {"value": "pending", "label": "发送并等待客户" if zh else "Send, set waiting", "icon": "status-bars"},
                {"value": "send", "label": "发送" if zh else "Send"},
                {"value": "solved", "label": "发送并标记已解决" if zh else "Send, set solved", "icon": "ok"}],
            "text": "李女士，您的洗衣机在保修期内，上门和换泵都免费。师傅可在周四 16:30–18:30 或周五 17:00–19:00 上门。" if zh else "Dear Li Na, your washer is in warranty, so the visit and the pump are free. An engineer can come Thu 16:30–18:30 or Fri 17:00–19:00.",
        },
    }  # fmt: skip


def sample(language: str) -> dict[str, Any]:
    """Context of templates/styleguide/index.html and desk.html."""
    zh = language.startswith("zh")
    now = timezone.now()
    reply = "回复" if zh else "Reply"
    done = [
        ("已提交", "Submitted"),
        ("已通过", "Approved"),
        ("已约上门", "Visit set"),
        ("已修好", "Repaired"),
        ("已确认", "Confirmed"),
    ]
    states = ["done", "done", "current", "todo", "todo"]
    dates = ["11-21", "11-21", "周四 16:30", "", ""] if zh else ["21 Nov", "21 Nov", "Thu 16:30", "", ""]
    return {
        "zh": zh,
        "rows": rows(language),
        "view_groups": views(zh),
        "load": {"done": 8, "of": 12, "channels": [{"kind": "chat", "text": "3/5"}, {"kind": "phone", "text": "0/1"}, {"kind": "email", "text": "5/6"}]},
        "clock_samples": [chip(now, reply, 80, 240), chip(now, reply, 220, 720, "risk"), chip(now, reply, 18, 90), chip(now, reply, -65, 240), chip(now, reply, "paused"), chip(now, reply, "met", 480)],
        "context_clocks": [
            (("首次响应" if zh else "First response"), chip(now, "", "met", 360)), (("下次回复" if zh else "Next response"), chip(now, "", 18, 90)),
            (("确认上门时间" if zh else "Visit confirmed"), chip(now, "", 1114, 1440)), (("全程" if zh else "Whole cycle"), chip(now, "", 3960, 4320))],
        "steps": [{"label": cn if zh else en, "state": state, "date": date} for (cn, en), state, date in zip(done, states, dates, strict=True)],
        "channel_kinds": ["phone", "wechat", "wecom", "email", "weibo", "douyin", "xiaohongshu", "chat", "portal", "form", "store", "shop", "sms", "app", "api", "webhook", "visit", "counter"],
        "people": [SimpleNamespace(id="Chen Yu", name="陈屿" if zh else "Chen Yu"), SimpleNamespace(id="Zhao Qian", name="赵琪" if zh else "Zhao Qian")],
        "stages": [{"state": "done"}, {"state": "done"}, {"state": "now"}, {"state": "todo"}, {"state": "todo"}],
        **conversation(zh),
    }  # fmt: skip


def page(language: str) -> dict[str, Any]:
    """The sample and what only the guide's own pages need."""
    zh = language.startswith("zh")
    content = sample(language)
    failed = SimpleNamespace(
        id=9, direction="out", lang="zh-Hans" if zh else "en", author_id="Chen Yu", author_name="陈屿" if zh else "Chen Yu", channel_kind="wechat",
        at=timezone.now(), text="已为您留好周四 16:30。" if zh else "Thursday 16:30 is yours.",
        delivery={"label": "未送达：微信回复窗口已关闭。" if zh else "Not sent: WeChat window closed.", "look": "bad", "icon": "alert", "action_label": "改发短信" if zh else "Send by SMS", "action_url": "#"},
    )  # fmt: skip
    sop = [
        ("断电，安全开门", "Power off, door opened safely", True, False),
        ("核对序列号和发票", "Serial number and invoice checked", True, False),
        ("比对批次异常", "Lot compared with open incidents", True, False),
        ("提供两个上门时段", "Offer two visit slots", False, True),
        ("确认上门并告知师傅姓名", "Confirm visit, name the engineer", False, False),
    ]
    rail = [
        ("inbox", "工单", "Tickets"),
        ("claims", "售后", "After-sales"),
        ("users", "客户", "Customers"),
        ("book", "知识库", "Knowledge"),
        ("chart", "报表", "Reports"),
        ("wallboard", "大屏", "Wallboard"),
    ]
    tabs = [("概览", "Overview", None), ("售后", "Claims", 1), ("上门", "Visits", None), ("历史", "History", 14)]
    return content | {
        "guide_rows": content["rows"][:4] + content["rows"][7:8],
        "guide_items": [{"label": "通过并通知" if zh else "Approve and notify", "value": "notify"}, {"label": "通过" if zh else "Approve", "value": "plain"}],
        "guide_menu": [
            {"is_head": True, "label": "状态" if zh else "Status"},
            {"label": "待处理" if zh else "Open", "icon": "status-open", "is_current": True, "kbd": "O", "hx_post": "#"},
            {"label": "等待客户" if zh else "On customer", "icon": "status-bars", "is_current": False, "hx_post": "#"},
            {"is_divider": True},
            {"label": "关闭" if zh else "Close", "icon": "status-dash", "hx_post": "#", "disabled_why": "还有一次上门未完成" if zh else "A visit is still open"}],
        "guide_choices": [("quality", "产品质量" if zh else "Product quality"), ("late", "送货延迟" if zh else "Late delivery")],
        "status_samples": list(zip(
            ("new", "open", "in_progress", "pending", "on_hold", "solved", "closed"),
            ("新建", "待处理", "处理中", "等待客户", "暂停", "已解决", "已关闭") if zh else ("New", "Open", "In progress", "Waiting", "On hold", "Solved", "Closed"),
            strict=True,
        )),
        "guide_stage": "处理" if zh else "Handle",
        "guide_marks": [True, True, False],
        "bubble_failed": failed,
        "guide_divider": "客户改用邮件继续" if zh else "Li Na continued by e-mail",
        "guide_bot": "机器人识别：报修 · 订单 LT-0712-1940 · W10 Pro" if zh else "Bot understood: repair · order LT-0712-1940 · W10 Pro",
        "guide_toast": "已回复李娜" if zh else "Reply sent to Li Na",
        "guide_offline": "14:36 起离线，内容已保留，恢复后发送。" if zh else "Offline since 14:36. Text is kept and sent when you are back.",
        "guide_tabs": [{"label": cn if zh else en, "url": "#", "count": count, "is_current": not index} for index, (cn, en, count) in enumerate(tabs)],
        "guide_context_tabs": [{"label": cn if zh else en, "url": "#", "count": count, "is_current": not index} for index, (cn, en, count) in enumerate(tabs)],
        "guide_columns": [{"label": "策略" if zh else "Policy", "key": "policy"}, {"label": "时钟" if zh else "Clock", "key": "clock"}, {"label": "目标" if zh else "Target", "key": "target", "css": "num"}, {"label": "超时" if zh else "Breaches", "key": "breaches", "css": "num"}],
        "guide_table": [{"policy": "企业 · 紧急" if zh else "Enterprise · urgent", "clock": "首次响应" if zh else "First response", "target": "2 h", "breaches": 8}, {"policy": "售后承诺 · 上门" if zh else "After-sales promise · visit", "clock": "确认上门" if zh else "Visit confirmed", "target": "24 h", "breaches": 36}],
        "guide_sop": [(cn if zh else en, checked, now) for cn, en, checked, now in sop],
        "guide_articles": [("E21 是什么，先试什么", "公开 · 86 % 有帮助"), ("W10 手动排水方法", "公开 · 已插入"), ("2408B 批次维修通告", "仅内部")] if zh else [("E21: what it means, what to try first", "Public · helped 86 %"), ("Drain the W10 by hand", "Public · inserted"), ("Lot 2408B: engineer bulletin", "Internal")],
        "guide_rail": [(icon, cn if zh else en) for icon, cn, en in rail],
        "guide_title": "工单" if zh else "Tickets",
        "guide_view": "全部未结" if zh else "All open",
    }  # fmt: skip
