"""Place names as people write them: the official name of a territory in, the forms it is met in out.

新疆维吾尔自治区 is 新疆, 楚雄彝族自治州 is 楚雄州, 合肥高新技术产业开发区 is 合肥市高新区. Counties and districts get no
short form: 长安 or 鼓楼 alone is a street as often as a place.
"""

from __future__ import annotations

import re

FULL, SHORT, BARE = 0, 1, 2  # may stand alone; only before a lower place or a body's name; only after the place it lies in

# Longest first, so that 哈萨克族 is not left as 哈.
_PEOPLES = (
    "土家族", "布依族", "哈尼族", "傈僳族", "拉祜族", "景颇族", "仡佬族", "仫佬族", "毛南族", "纳西族", "布朗族", "撒拉族", "保安族",
    "裕固族", "独龙族", "普米族", "朝鲜族", "蒙古族", "哈萨克族", "达斡尔族", "鄂温克族", "柯尔克孜", "维吾尔", "哈萨克", "塔吉克",
    "蒙古", "锡伯", "东乡族", "各族", "满族", "回族", "藏族", "苗族", "侗族", "瑶族", "彝族", "壮族", "白族", "傣族", "佤族", "羌族",
    "黎族", "水族", "畲族", "怒族", "土族",
)
_AUTONOMOUS = {"自治区": "", "自治州": "州", "自治县": "县", "自治旗": "旗"}
_KEEP = frozenset({"内蒙古自治区", "西藏自治区"})
_ZONE_WORDS = (
    ("高新技术产业开发区", "高新区"), ("高新技术产业园区", "高新区"), ("高新技术开发区", "高新区"), ("经济技术开发区", "经开区"),
    ("经济开发区", "经开区"),
)
_PSEUDO = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


def spoken_names(name: str, level: str, aliases: tuple[str, ...] = (), host: str | None = None) -> list[tuple[int, str]]:
    """Return (form, name) pairs of one territory; none for pseudo rows of the statistics bureau (市辖区, 县).

    ``host`` is the name of the city or county that a zone lies in.
    """
    if name in _PSEUDO:
        return []
    names = {name: FULL}
    for alias in aliases:
        names.setdefault(alias, FULL)
    if level == "zone":
        for full in list(names):
            _add_zone_names(names, full, host or "")
    elif any(name.endswith(word) for word in _AUTONOMOUS):
        _add_autonomous_names(names, name)
    elif level in ("province", "prefecture") and name[-1] in "省市盟" and len(name) > 2:
        names.setdefault(name[:-1], SHORT)
    elif level == "prefecture" and name.endswith("地区"):
        names.setdefault(name[:-2], SHORT)
    elif name.endswith("特别行政区"):
        names.setdefault(name[:2], SHORT)
    return [(form, spoken) for spoken, form in names.items()]


def _add_autonomous_names(names: dict[str, int], name: str) -> None:
    kind = name[-3:]
    stem = name[:-3]
    while name not in _KEEP:
        people = next((p for p in _PEOPLES if stem.endswith(p) and len(stem) > len(p)), None)
        if people is None:
            break
        stem = stem[: -len(people)]
    if kind == "自治区":
        names.setdefault(stem, SHORT)
        names.setdefault(stem + kind, FULL)
    elif len(stem) > 1:
        names.setdefault(stem + _AUTONOMOUS[kind], FULL)
        names.setdefault(stem + kind, FULL)
        if kind == "自治州":
            names.setdefault(stem, SHORT)


def _add_zone_names(names: dict[str, int], name: str, host: str) -> None:
    """Add 合肥市高新区 and, after 合肥市, 高新区; only what keeps the zone apart from its neighbours."""
    stem = re.sub(r"[省市县区]$", "", host)
    below = next((name[len(head) :] for head in (host, stem) if head and name.startswith(head)), None)
    variants = {name} | {name.replace(long, short) for long, short in _ZONE_WORDS}
    for variant in variants:
        names.setdefault(variant, FULL)
    if below and len(below) > 1:
        for variant in {below} | {below.replace(long, short) for long, short in _ZONE_WORDS}:
            names.setdefault(variant, BARE)
