"""Make portals.csv from a research table of portals (tab-separated): ``build_portals.py TABLE.tsv > portals.csv``.

Every jurisdiction keeps one row. What is evidence for a list page becomes its list address; a pattern that was derived
and never seen (C-candidate) is kept as grade C only where the host is the jurisdiction's own; everything else is a
lead (D): the portal's home page, with the family its other addresses suggest as a prior.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(__import__("pathlib").Path(__file__).resolve().parents[2]))
from extract.fetching.urls import is_government_host
from extract.portals.registry import COLUMNS

# The software families by the names the research table uses.
FAMILY = {
    "trs-wcm": "trs_static",
    "trs-wcm-short": "trs_static",
    "trs-wcm-t": "trs_static",
    "trs-or-static-dir": "trs_static",
    "static-dir": "trs_static",
    "hanweb-jcms": "hanweb_jpage",
    "hanweb-jcms-col-art": "hanweb_jpage",
    "hanweb-jpaas-uuid": "hanweb_jpage",
    "hanweb-xxgk": "hanweb_xxgk",
    "longxun-openness": "longxun",
    "XxgkAnnualReport-show": "xxgk_annual_report",
    "xxgkAnnualReport-detail": "xxgk_annual_report",
    "gkmlpt": "gkmlpt",
    "gkmlpt-guangdong": "gkmlpt",
    "kaipu-ucap-c": "ucap",
    "kaipu-ucap-c-list": "ucap",
    "kaipu-ucap-uuid": "ucap",
    "vsb-webber": "vsb",
    "xian-objectid": "objectid",
    "objectid": "objectid",
    "xian-snowflake": "objectid",
    "col-guid-columns": "columns_guid",
}
# A host that answers for many jurisdictions cannot be a county's own list without more evidence.
SHARED_HOSTS = {"www.ah.gov.cn"}


def main(table: str) -> None:
    """Write the registry to standard output, sorted by code."""
    with open(table, encoding="utf-8") as file:
        rows = [registry_row(row) for row in csv.DictReader(file, delimiter="\t")]
    rows.sort(key=lambda row: (row["jurisdiction_code"] or "zz", row["portal_id"]))
    out = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    out.writeheader()
    out.writerows(rows)


def registry_row(row: dict[str, str]) -> dict[str, str]:
    """Return the registry's row for one row of the research table."""
    code = row["code"] if re.fullmatch(r"\d{6}", row["code"]) else ""
    candidate = row["candidate_list"]
    grade, list_url = row["grade"], row["annual_report_list"]
    if grade == "C-candidate":
        own = urlsplit(candidate).hostname not in SHARED_HOSTS
        grade, list_url = ("C", candidate) if own else ("D", row["portal"])
    if grade not in ("A", "B", "C") or not list_url:
        grade, list_url = "D", row["portal"]
    family = FAMILY.get(row["cms_family"], "generic_list")
    if grade == "D":
        # A lead is a home page: its list is looked for by the national page tags, whatever the software.
        params = {"family_prior": family} if family != "generic_list" else {}
        family = "generic_list"
    else:
        family, params = parameters(family, list_url)
    host = urlsplit(list_url).hostname or ""
    if not is_government_host(host):
        raise SystemExit(f"{row['code']} {row['name']}: {host} does not lie under gov.cn")
    evidence = [f"{row['name']}"]
    if row["annual_report_list"]:
        evidence.append(row["list_basis"] or "list page")
    elif grade == "C":
        evidence.append(f"pattern: {row['candidate_basis']}")
    if row["example_report"]:
        evidence.append(f"report seen: {row['example_report']} ({row['example_year'] or 'year not told'})")
    if row["note"]:
        evidence.append(row["note"])
    return {
        "portal_id": f"{code}-{host}" if code else f"zone-{host}",
        "jurisdiction_code": code,
        "host": host,
        "family": family,
        "list_url": list_url,
        "params": json.dumps(params, ensure_ascii=False, sort_keys=True) if params else "",
        "site_id_code": "",
        "grade": grade,
        "valid_from": "",
        "valid_to": "",
        "synthetic": "false",
        "evidence": "; ".join(evidence),
        "last_verified": "",
    }


def parameters(family: str, list_url: str) -> tuple[str, dict[str, str]]:
    """Return family and parameters as far as the list address itself tells them."""
    address = urlsplit(list_url)
    query = {key: values[0] for key, values in parse_qs(address.query).items()}
    if match := re.search(r"/public/column/(\d+)", address.path):
        return "longxun", {"organ_id": match[1]}
    if match := re.search(r"/col/col(\d+)/index\.html", address.path):
        return "hanweb_jpage", {"column_id": match[1]}
    if address.path.startswith("/gkmlpt/"):
        return "gkmlpt", {"category_id": address.fragment} if address.fragment.isdigit() else {}
    if address.path.endswith("xxgkAnnualReport.jsp"):
        return "hanweb_xxgk", {"area": query["area"]}
    if family == "hanweb_jpage":
        return family, {}
    return family, {}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
