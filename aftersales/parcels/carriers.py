"""The carriers that ship with the product, with the names by which aggregators know them."""

from __future__ import annotations

from aftersales.parcels.models import OTHER, Carrier

# key, English, Chinese, Kuaidi100's code, KDNiao's code, page of a parcel
SHIPPED = (
    (
        "sf",
        "SF Express",
        "顺丰速运",
        "shunfeng",
        "SF",
        "https://www.sf-express.com/chn/sc/waybill/waybill-detail/{number}",
    ),
    ("jd", "JD Logistics", "京东物流", "jd", "JD", ""),
    ("ems", "China Post EMS", "中国邮政 EMS", "ems", "EMS", "https://www.ems.com.cn/queryList?mailNo={number}"),
    ("post", "China Post", "中国邮政包裹", "youzhengguonei", "YZPY", ""),
    (
        "zto",
        "ZTO Express",
        "中通快递",
        "zhongtong",
        "ZTO",
        "https://www.zto.com/express/expressCheck.html?txtBill={number}",
    ),
    ("yto", "YTO Express", "圆通速递", "yuantong", "YTO", ""),
    ("sto", "STO Express", "申通快递", "shentong", "STO", ""),
    ("yunda", "Yunda Express", "韵达快递", "yunda", "YD", ""),
    ("jt", "J&T Express", "极兔速递", "jtexpress", "JTSD", ""),
    ("deppon", "Deppon Express", "德邦快递", "debangkuaidi", "DBL", ""),
    ("kye", "KYE", "跨越速运", "kuayue", "KYSY", ""),
    ("dhl", "DHL", "DHL", "dhl", "DHL", "https://www.dhl.com/global-en/home/tracking.html?tracking-id={number}"),
)


def ensure_carriers() -> None:
    """The shipped carriers; what people changed stays as it is."""
    present = set(Carrier.objects.values_list("key", flat=True))
    rows = [
        Carrier(
            key=key,
            name=name,
            name_zh=name_zh,
            codes=[f"kuaidi100:{kuaidi100}", f"kdniao:{kdniao.casefold()}"],
            page=page,
            position=10 * place,
        )
        for place, (key, name, name_zh, kuaidi100, kdniao, page) in enumerate(SHIPPED, 1)
    ]
    rows.append(Carrier(key=OTHER, name="Another carrier", name_zh="其他承运商", position=999))
    Carrier.objects.bulk_create([row for row in rows if row.key not in present], ignore_conflicts=True)


def carrier_of(code: str, *, source: str = "") -> Carrier:
    """The carrier by its key, or by an aggregator's code for it; `other` when nobody knows it."""
    word = code.strip().casefold()[:40]
    wanted = f"{source}:{word}"
    found = {row.key: row for row in Carrier.objects.all()}
    named = next((row for row in found.values() if wanted in row.codes), None) if source else None
    if named is None and word in found:
        named = found[word]
    if named is None and OTHER not in found:
        ensure_carriers()
        return Carrier.objects.get(key=OTHER)
    return named or found[OTHER]
