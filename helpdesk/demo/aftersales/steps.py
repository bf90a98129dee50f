"""The steps of told claims: who makes each move, with which words and numbers, and what has to be done before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from aftersales.approvals.models import ApprovalState
from aftersales.approvals.services.deciding import decide
from aftersales.claims.models import Cause, ClaimKind
from aftersales.claims.services.record import change_record
from aftersales.compensation.models import PayoutState, ReceiptMeans
from aftersales.compensation.services.paying import confirm_payout, settle_paid
from aftersales.compensation.services.receiving import price_replacement, record_receipt
from aftersales.parcels.choices import Scan
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.customers.services.deliveries import mark_delivered
from helpdesk.demo.aftersales.told import Told, as_person, person, picture
from helpdesk.demo.aftersales.visiting import arrange, finish_visit
from helpdesk.demo.aftersales.world import AWAITED

# What the step before a move takes, in hours: what is usual. One in twelve takes much longer.
GAPS: dict[str, tuple[float, float]] = {
    "approve": (0.2, 9), "ask_approval": (0.3, 10), "reject": (0.5, 14), "cancel": (0.5, 12), "close": (2, 40),
    "confirm_matter": (0.5, 6), "analyse": (1, 9), "plan": (1, 12), "act": (2, 16), "feed_back": (1, 12),
    "follow_up": (2, 14), "accept": (2, 20), "answer": (4, 40), "ask_goods": (0.2, 3), "send_back": (1, 8),
    "receive": (9, 20), "inspect": (0.4, 4), "turn_down": (0.5, 5), "arrive_back": (20, 48), "settle": (0.2, 4),
    "settled": (0.4, 6), "confirm": (0.5, 10), "order_dispatch": (0.2, 3), "dispatch": (1, 8), "deliver": (9, 20),
    "ask_payment": (0.2, 2), "paid": (1, 12), "quote": (0.5, 5), "accept_quote": (1, 20), "repair": (0.5, 6),
    "repaired": (2, 12), "wait_for_parts": (1, 6), "ask_visit": (0.2, 3), "arrange": (0.3, 6), "finish_visit": (40, 64),
    "await_delivery": (0.2, 2), "came": (10, 30), "order_invoice": (0.2, 4), "issue": (0.5, 9), "redirect": (0.2, 3),
    "redirected": (4, 24), "dispute": (5, 40), "price": (0.2, 2), "expire": (338, 340),
}  # fmt: skip
LONGER = 4.0


def take(told: Told, step: str, hours: float) -> None:
    """One step of the way, so many hours after the last."""
    told.pass_time(hours)
    _STEPS.get(step, _usual_step)(told, step)


def _usual_step(told: Told, step: str) -> None:
    """A move of the desk without arguments."""
    told.move(step, as_person(told.agent))


def _approve(told: Told, step: str) -> None:
    by = told.deciding_agent()
    if by is not None:
        told.move("approve", by, amount=told.amount)
        return
    _ask_approval(told, step)
    told.pass_time(told.chance.uniform(1, 20))
    for approval in told.claim.approvals.filter(state=ApprovalState.ASKED).order_by("pk"):
        with clock.at(told.moment):
            decide(approval.pk, is_approved=True, by=Actor.of_staff(approval.approver), words="同意。Agreed.")
    told.reload()


def _ask_approval(told: Told, step: str) -> None:
    approvers = {"business": person("approver").pk, "supply_chain": person("sun.hao").pk}
    note = told.say("Above my limit; the photos are clear.", "超出我的权限，照片清楚，建议同意。")
    told.move("ask_approval", as_person(told.agent), approvers=approvers, note=note, amount=told.amount)


def _reject(told: Told, step: str) -> None:
    refusal, words = "too_late", told.say(
        "The time for this has passed. A repair is free until the end of the warranty.",
        "已超出可申请的期限；保修期内可免费维修。",
    )  # fmt: skip
    told.move(step, as_person(told.agent), refusal=refusal, words=words)


def _turn_down(told: Told, step: str) -> None:
    words = told.say("It shows traces of use beyond trying it out.", "商品有明显使用痕迹，超出合理试用范围。")
    told.move("turn_down", as_person(told.agent), refusal="used", words=words, parcel=told.new_parcel("T"))
    told.scan((Scan.COLLECTED, 0))


def _by_customer(told: Told, step: str) -> None:
    # an authority is no customer of the portal: the desk writes down that it drops the case
    by = as_person(told.agent) if told.claim.kind == ClaimKind.CASE else told.customer
    told.move(step, by, note=told.say("I have changed my mind.", "不需要了，谢谢。"))


def _dispute(told: Told, step: str) -> None:
    told.move(step, told.customer, words=told.say("It has the same fault again.", "又出现同样的故障。"))


def _send_back(told: Told, step: str) -> None:
    told.move("send_back", told.customer, parcel=told.new_parcel("B"))
    told.scan((Scan.COLLECTED, 0))


def _receive(told: Told, step: str) -> None:
    told.scan((Scan.IN_TRANSIT, 12), (Scan.OUT_FOR_DELIVERY, 3), (Scan.DELIVERED, 1))
    if told.claim.state != "returning":
        return  # paid out on the first scan, by its rule
    counts = {str(line.pk): line.quantity for line in told.claim.loaded_lines}
    told.move("receive", as_person("warehouse" if told.nth % 2 else "qian.lei"), received=counts)


def _inspect(told: Told, step: str) -> None:
    is_damaged = told.matter.reason == "damaged"
    found = {
        str(line.pk): {
            "condition": "damaged" if is_damaged else ("opened", "used", "new")[told.nth % 3],
            "damaged": 1 if is_damaged else 0,
            "remark": told.say("All parts are there.", "配件齐全。"),
        }
        for line in told.claim.loaded_lines
    }
    files = [picture("dent.png" if is_damaged else "label.png")]
    told.move("inspect", as_person("warehouse"), inspection=found, files=files)


def _settle(told: Told, step: str) -> None:
    told.move("settle", as_person(told.agent))


def _settled(told: Told, step: str) -> None:
    finance = as_person("finance" if told.nth % 2 else "fang.yuan")
    with clock.at(told.moment):
        for payout in told.claim.payouts.filter(state=PayoutState.ORDERED).order_by("pk"):
            confirm_payout(payout.pk, reference=f"BOC{told.moment:%y%m%d}{payout.pk:06d}", by=finance)
        settle_paid(told.claim.pk)
    told.reload()


def _confirm(told: Told, step: str) -> None:
    told.know_cause()
    by = as_person(told.agent) if told.claim.kind in {ClaimKind.COMPLAINT, ClaimKind.CASE} else told.customer
    told.move("confirm", by)


def _order_dispatch(told: Told, step: str) -> None:
    _pay_what_is_owed(told)
    told.move("order_dispatch", as_person(told.agent))


def _dispatch(told: Told, step: str) -> None:
    told.move("dispatch", as_person("warehouse"), parcel=told.new_parcel("D"))
    told.scan((Scan.COLLECTED, 0))


def _deliver(told: Told, step: str) -> None:
    told.scan((Scan.IN_TRANSIT, 10), (Scan.OUT_FOR_DELIVERY, 4), (Scan.DELIVERED, 0))
    if told.claim.state == "dispatched":
        told.move("deliver", SYSTEM)


def _arrive_back(told: Told, step: str) -> None:
    told.scan((Scan.IN_TRANSIT, 10), (Scan.DELIVERED, 0))
    if told.claim.state == "sending_back":
        told.move("arrive_back", SYSTEM)


def _price(told: Told, step: str) -> None:
    line = told.claim.loaded_lines[0]
    paid = line.order_line.paid if line.order_line else Decimal(0)
    with clock.at(told.moment):
        price_replacement(told.claim.pk, line.pk, price=paid + 200, by=as_person(told.agent))
    told.reload()


def _pay_what_is_owed(told: Told, step: str = "") -> None:
    if told.claim.owed_amount <= 0:
        return
    with clock.at(told.moment):
        record_receipt(
            told.claim.pk,
            amount=told.claim.owed_amount,
            means=ReceiptMeans.ONLINE,
            reference=f"WX{told.moment:%y%m%d}{told.claim.pk:06d}",
            by=as_person("finance"),
        )
    told.reload()


def _quote(told: Told, step: str) -> None:
    lines = [
        {"label": told.say("Control board", "主控板"), "amount": "326.00"},
        {"label": told.say("Work", "工时费"), "amount": "120.00"},
    ]
    told.move("quote", as_person(told.agent), quote={"lines": lines})


def _repaired(told: Told, step: str) -> None:
    told.move(
        "repaired", as_person("warehouse"), work=told.say("Pump changed, test run passed.", "更换排水泵，试机正常。")
    )


def _repair(told: Told, step: str) -> None:
    told.move("repair", as_person("warehouse"))


def _wait_for_parts(told: Told, step: str) -> None:
    part = {"product": AWAITED, "quantity": 1}
    if told.claim.state == "repairing":
        told.move("wait_for_parts", as_person("warehouse"), part=part)
    else:
        finish_visit(told, "needs_part", part=part)


def _ask_visit(told: Told, step: str) -> None:
    told.move("ask_visit", SYSTEM if told.claim.state == "awaiting_delivery" else as_person(told.agent))


def _came(told: Told, step: str) -> None:
    assert told.claim.order_id is not None, "a delivery belongs to an order"
    mark_delivered(told.claim.order_id, told.moment)


def _issue(told: Told, step: str) -> None:
    told.move("issue", as_person("finance"), invoice_number=f"{told.moment:%y}31{told.claim.pk:08d}")


def _redirect(told: Told, step: str) -> None:
    told.move(step, as_person("warehouse"))


def _confirm_matter(told: Told, step: str) -> None:
    with clock.at(told.moment):
        change_record(told.claim.pk, {"handler": person(told.agent).pk}, by=SYSTEM)
    words = told.say(
        "I have read it all and am sorry. I take this up myself and call you today.",
        "您反映的情况我已看到，非常抱歉，由我负责到底，今天给您回电。",
    )
    told.move("confirm_matter", as_person(told.agent), words=words)


def _accept(told: Told, step: str) -> None:
    with clock.at(told.moment):
        change_record(told.claim.pk, {"handler": person(told.agent).pk}, by=SYSTEM)
    told.move("accept", as_person(told.agent))


def _analyse(told: Told, step: str) -> None:
    cause = Cause.objects.filter(name=told.matter.cause).values_list("key", flat=True).first()
    note = "The appointment was moved twice without telling anybody. 改约两次均未通知客户。"
    told.move("analyse", as_person(told.agent), cause=cause, note=note)


def _plan(told: Told, step: str) -> None:
    plan = told.say(
        "1. Visit on the day that suits them, by the senior engineer. 2. A coupon. 3. Every moved appointment is called in.",
        "1. 按客户方便的时间由资深工程师上门。2. 补偿优惠券。3. 今后改约必须电话确认。",
    )
    told.move("plan", as_person(told.agent), plan=plan)


def _act(told: Told, step: str) -> None:
    told.move("act", as_person(told.agent), note="Visited and repaired. 已上门维修完毕。")


def _feed_back(told: Told, step: str) -> None:
    words = told.say("It is repaired, and we have changed how appointments are moved.", "已修好，并已改进改约流程。")
    told.move("feed_back", as_person(told.agent), words=words)


def _follow_up(told: Told, step: str) -> None:
    told.move("follow_up", told.customer, agreement=True)


def _answer(told: Told, step: str) -> None:
    words = "We have exchanged the machine and paid 200 yuan. 已为消费者换机并补偿 200 元，材料见附件。"
    told.move("answer", as_person(told.agent), words=words, files=[picture("label.png")])


def _expire(told: Told, step: str) -> None:
    assert told.claim.goods_due_at is not None, "a claim that waits for goods has a day for them"
    told.moment = min(told.claim.goods_due_at + timedelta(minutes=1), told.until)
    told.move("expire", SYSTEM)


def _accept_quote(told: Told, step: str) -> None:
    told.move("accept_quote", told.customer)
    _pay_what_is_owed(told)


_STEPS: dict[str, Callable[[Told, str], None]] = {
    "approve": _approve,
    "ask_approval": _ask_approval,
    "reject": _reject,
    "cancel": _by_customer,
    "dispute": _dispute,
    "send_back": _send_back,
    "receive": _receive,
    "inspect": _inspect,
    "turn_down": _turn_down,
    "arrive_back": _arrive_back,
    "settle": _settle,
    "settled": _settled,
    "confirm": _confirm,
    "order_dispatch": _order_dispatch,
    "dispatch": _dispatch,
    "deliver": _deliver,
    "price": _price,
    "paid": _pay_what_is_owed,
    "quote": _quote,
    "accept_quote": _accept_quote,
    "repair": _repair,
    "repaired": _repaired,
    "wait_for_parts": _wait_for_parts,
    "ask_visit": _ask_visit,
    "arrange": arrange,
    "finish_visit": lambda told, step: finish_visit(told, "done"),
    "came": _came,
    "issue": _issue,
    "redirect": _redirect,
    "redirected": _redirect,
    "confirm_matter": _confirm_matter,
    "accept": _accept,
    "analyse": _analyse,
    "plan": _plan,
    "act": _act,
    "feed_back": _feed_back,
    "follow_up": _follow_up,
    "answer": _answer,
    "expire": _expire,
}
