"""Publishers: what kind of body a name means, by the words that stand after the place.

In: a body's name without the place it begins with (``rest``). Out: the contract's ``subject_kind`` and the words that
decided it. The one thing to know: the order of the rules is the knowledge; 国有资产监督管理委员会 ends like a zone's
committee and 人民政府外事办公室 begins like the general office, and both are departments.
"""

from __future__ import annotations

import re

_GOVERNMENT = re.compile(r"(?:人民)?政府(?:本级)?|行政公署|行署|人民政府(?:[（(]本级[)）])")
# One report of a district and the zone within it: 黄埔区人民政府、广州开发区管理委员会.
_JOINT = re.compile(r"(?:人民)?政府[、和与及(（]?[^局镇乡]*区[^局镇乡]*(?:管委会|管理委员会)[)）]?$")
# Who gathers a government's report is not another body: 南平市人民政府信息公开工作领导小组办公室.
_GATHERS = re.compile(
    r"(?P<of>(?:人民)?(?:政府)?)(?:政府)?(?:信息公开|政务公开)(?:和政务公开|与政务公开)?(?:工作)?(?:领导小组|协调小组)?(?:办公室|办)"
)
_OFFICE = re.compile(
    r"(?:(?:人民)?政府|行政公署|行署|管委会|管理委员会)?办公[室厅](?:[（(].*[)）])?|(?:人民)?政府办|(?:党政|政府|综合)办公室"
)
_VERTICAL = re.compile(
    r"税务局|国税局|国家税务|海关|气象局|调查队|调查总队|海事局|邮政管理局|通信管理局|烟草专卖|出入境边防|出入境检验|国家安全局|消防救援|消防支队"
    r"|消防大队|消防总队|银保监|银监|金融监督管理局|金融监管(?:总)?局|金融监管(?:分局|支局)|证监局|人民银行|外汇管理|煤矿安全监察|矿山安全监察|铁路监督|民航|核与辐射"
)
_LOCAL_AFTER_ALL = re.compile(r"地方金融|民航机场|消防救援训练中心")
_ZONE = re.compile(
    r"开发区|高新区|经开区|新区|园区?(?=$|管)|产业园区?|科技园区?|工业园区?|物流园区?|示范区|风景(?:名胜)?区|保税区|保税港区|度假区|试验区|实验区|合作区|管理区|工业区"
    r"|自贸区|功能区|经济区|集聚区|聚集区|新城|港区|景区|林场|农场|科学城|化工区|商务区|产业区|垦区|行政委员会|生产建设兵团|保护区"
)
_BODY_OF_A_ZONE = re.compile(
    r"管委会|管理委员会|[\u3400-\u9fff]*(?:局|办公室|委员会|大队|分局|中心|街道|办事处|镇|乡)$"
)
_ZONE_BODY = re.compile(r"(?:管委会|管理委员会|管理办公室|管理局|行政委员会|党工委.{0,3}管委会|党工委管委会)?$")
_AUTHORISED = re.compile(
    r"残疾人联合会|残联|科学技术协会|科协|妇女联合会|妇联|总工会|文学艺术界联合会|文联|工商业联合会|工商联|红十字会|贸促会|国际贸易促进委员会|供销合作|供销社|供销联社"
    r"|作家协会|社会科学(?:界)?联合会|计划生育协会|共青团|团委|归国华侨联合会|侨联|台湾同胞联谊会"
    r"|(?:中心|大学|学院|学校|中学|小学|医院|公司|集团|研究[院所]|图书馆|博物馆|电视台|广播电视台|社|站|馆|院)$"
)
_DEPARTMENT = re.compile(
    r"(?:局|委员会|[委办署厅室处]|总队|支队|大队|部|队|机关|指挥部|工作部门|监察专员办事处|领导小组)(?:[（(].*[)）])?$"
)
_DEPARTMENT_CENTRE = re.compile(r"政务服务中心|政务服务管理中心|行政审批服务中心")
_SUBDISTRICT = re.compile(
    r"(?:街道|街)(?:办事处|办)?$|街道(?:办事处)?(?:党工委)?.{0,6}$|^[^局委]{2,8}办事处$|地区办事处$"
)
_PARTY_AND_GOVERNMENT_OFFICE = re.compile(r"(?<=[镇乡府木处道])(?:党政|党政综合|综合)?办(?:公室)?$")
_TOWNSHIP = re.compile(r"(?:镇|乡|苏木)(?:(?:人民)?政府)?$")
_SECTOR = re.compile(r"^(?:.{0,12})(?:分局|监管所|派出所|管理所|司法所)$")
_STATE_COMMITTEE = re.compile(
    r"(?:监督|城市|综合|行政|市场|文化|旅游|体育|国资|卫生|住房|规划|建设|交通|水务|农业|经济|招生|地震|机构编制).{0,8}(?:管理)?委员会"
)
# What a place's own name may begin with, up to the word of its rank; what looks so and is none (城市管理局, 社区建设, 联盟, 红旗渠).
_PLACE_FIRST = re.compile(
    r"(?P<stem>[\u3400-\u9fff]{1,7}?)(?P<rank>[县旗](?![级域])|[盟州](?!级)|市(?![场政民容区直级委监属本])|区(?![级域划委别块位]))"
)
_PLACE_PLAINLY = re.compile(
    r"[\u3400-\u9fff]{1,14}?(?:[省市县区旗州盟](?:人民)?政府|族?自治[区州县旗]|(?<![社园片校])[县市旗州盟]$|联合旗)"
)
_NO_PLACE = {
    "区": re.compile(
        r"(?:社|园|城|市|片|小|地|全|各|辖|库|林|牧|灾|校|厂|郊|山|老|景|港|新|本|该|我|开发)|.*(?:[社园小片校厂辖灾战军禁专]|老|住宅|自治|功能|保护|示范|开发|风景|度假|保税|试验|实验|合作|工业)"
    ),
    "市": re.compile(r".|.*[城都超]"),
    "县": re.compile(r"[全各本我该]"),
    "旗": re.compile(r"[红国军党全各本]|.*[红国军]"),
    "盟": re.compile(r"[全各本]|.*[联同加结]"),
    "州": re.compile(r"[全各本神九]"),
}
_OF_A_BODY = re.compile(r"[局委厅办院处站队部]|[镇乡](?=.)|中心|街道|公司|协会")
_PLACE_UNKNOWN = re.compile(r"[省市县区旗州盟](?:人民)?政府(?P<office>办公[室厅])?$")
_NATIONAL = re.compile(
    r"国家(?:税务总局|统计局|金融监督|移民管理|消防救援|矿山安全|外汇管理|邮政局)|中国人民银行|中华人民共和国.{2,8}海关"
)
#: A sentence's words that stand where a name is looked for: 我局, 本单位, 现公开, 各部门.
_NO_NAME = re.compile(
    r"^(?:我|本)(?:局|委|办|厅|院|镇|乡|街|县|市(?!区)|区|旗|州|盟|省|单位|机关|部门|级|处|站|中心|队|校|会|所|公司|园|系统|年|报告)"
    r"|各(?:部门|单位|乡|镇|县|区|市|街|级|科|处|地|有关|相关|委办局|职能|直属|行政)|我(?:局|委|办|厅|镇|乡|街道|县|市|区|单位)|本(?:局|单位|机关|报告)"
    r"|^(?:(?:政府)?信息公开|政务公开|当前位置|首页|现|在(?!线)|对|是|有关|相关|上年|全文|附件|下载|打印|分享|字体|来源|日期|时间|做好|开展|公开|公布|发布|关于|如下|编制|全年|全面|根据|按照|依据)"
    r"|应当|予以|公布如下|认真|做好|的(?:通知|要求|规定|基础)|^(?:部门乡镇|乡镇街道|县区|市县区|机关|首页|网站|本站|本网|本级|年度|情况|工作|信息|报告)$"
)
_GENERIC_PLACE = re.compile(r"^(?:本|全)?[省市县区旗州盟](?=人民政府|政府|[^区县]{2,})")


def subject_kind(rest: str, *, place_is_zone: bool = False, before: str = "") -> tuple[str, str | None]:
    """Return (kind, deciding words) for a body's name without its place; ("unknown", None) where no rule fits.

    ``before`` is what stands before the place (国家税务总局 of 国家税务总局合肥市税务局). An empty ``rest`` is the place itself, so its government (a zone's committee where ``place_is_zone``).
    """
    if found := _NATIONAL.search(before or rest):
        return "vertical", found[0]
    words = _GENERIC_PLACE.sub("", rest) if rest not in ("省", "市", "县", "区") else ""
    if not words:
        return ("zone", "the zone itself") if place_is_zone else ("government", "the place itself")
    if _GOVERNMENT.fullmatch(words):
        return "government", words
    if place_is_zone and re.fullmatch(r"(?:党工委)?[、(]?(?:管委会|管理委员会|行政委员会)\)?", words):
        return "zone", words
    if found := _JOINT.match(words):
        return "government", found[0]
    if _GATHERS.fullmatch(words):
        return "government", words
    if _OFFICE.fullmatch(words):
        return "office", words
    if (found := _VERTICAL.search(words)) and not _LOCAL_AFTER_ALL.search(words):
        return "vertical", found[0]
    words = _PARTY_AND_GOVERNMENT_OFFICE.sub("", words) if re.search("[镇乡木道街]", words) else words
    if found := _TOWNSHIP.search(words):
        return "township", found[0]
    if found := _SUBDISTRICT.search(words):
        return "subdistrict", found[0]
    zone = next((found for found in _ZONE.finditer(words) if _ZONE_BODY.fullmatch(words, found.end())), None)
    if zone and not _STATE_COMMITTEE.search(words):
        return "zone", zone[0]
    if found := _DEPARTMENT_CENTRE.search(words):
        return "department", found[0]
    if found := _AUTHORISED.search(words):
        return "authorised", found[0]
    if found := _DEPARTMENT.search(words) or _SECTOR.search(words):
        return "department", found[0]
    if found := _PLACE_UNKNOWN.search(words):
        return ("office" if found["office"] else "government"), found[0]
    return "unknown", None


def normal_publisher(name: str) -> str:
    """Return a body's name as printed, without what belongs to the sentence or the page around it."""
    name = re.sub(r"^(?:中华人民共和国)?(?=[^中])|\.(?:docx?|pdf|html?|wps)$", "", name, flags=re.IGNORECASE)
    return re.sub(r"[(（](?:公章|盖章|印章)[)）]$|(?:网站|门户网|政府网|信息网)$", "", name).strip("，,。、:：")


def is_named(name: str) -> bool:
    """False where the words are those of a sentence or a page, never a body's name: 我局, 本单位, 现公开, 各部门."""
    return len(name) > 1 and not _NO_NAME.search(name)


def reporting_body(name: str, kind: str) -> str:
    """Return whose report it is that an office of the body wrote: its office, its leading group's, a township's 党政办公室.

    >>> reporting_body("乙县人民政府信息公开工作领导小组办公室", "government"), reporting_body("丙镇人民政府党政办公室", "township")
    ('乙县人民政府', '丙镇人民政府')
    """
    if kind == "government" and (found := re.search(rf"{_GATHERS.pattern}$", name)):
        return name[: found.start()] + "人民政府"
    if kind in ("township", "subdistrict") and not name.endswith("街道办"):
        return _PARTY_AND_GOVERNMENT_OFFICE.sub("", name)
    return name


def begins_with_zone(rest: str) -> bool:
    """True where what stands behind a place begins with a zone's name (某某开发区财政局)."""
    if _STATE_COMMITTEE.search(rest):
        return False
    return any(
        not _OF_A_BODY.search(rest[: found.start()]) and _BODY_OF_A_ZONE.match(rest[found.end() :])
        for found in _ZONE.finditer(rest[:24])
    )


def is_generic(rest: str) -> bool:
    """True where a name leaves its place out, as on the place's own pages (县人民政府, 区审计局, 统计局); false where it
    begins with what looks like a place (某某县财政局)."""
    rest = _GENERIC_PLACE.sub("", rest)
    if _PLACE_PLAINLY.match(rest):
        return False
    place = _PLACE_FIRST.match(rest)
    if place is None or _OF_A_BODY.search(place["stem"]):
        return True
    return _NO_PLACE[place["rank"]].fullmatch(place["stem"]) is not None
