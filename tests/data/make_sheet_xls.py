"""Writes sheet.xls beside this file: a sheet made with openpyxl and turned into XLS by LibreOffice (soffice)."""

import datetime
import subprocess
import tempfile
from pathlib import Path

import openpyxl

ROWS = [
    ["示例市乙区2019年政府信息公开统计表"],
    ["信息内容", "上年", "本年新制作数量", "本年新公开数量", "采购总金额"],
    ["规章", 91, 0, 12, 43521.88],
    ["隐藏", 92, 93, 94, 95],
    ["规范性文件", None, "合计", None, 0.1 + 0.2],
    ["行政许可", None, -42, 3, None],
    ["填报日期", None, datetime.date(2020, 1, 20), 0.125, 1234567],
]
FORMATS = {"E3": "#,##0.00", "C6": "0_ ;[RED]-0 ", "D6": '0"件"', "C7": 'yyyy"年"m"月"d"日"', "D7": "0.0%"}


def main() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "统计表"
    for row in ROWS:
        sheet.append(row)
    for place, code in FORMATS.items():
        sheet[place].number_format = code
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("C5:D5")
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["B"].hidden = True
    draft = book.create_sheet("草稿")
    draft.append(["规章", 77])
    draft.sheet_state = "hidden"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "sheet.xlsx"
        book.save(source)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        target = Path(__file__).parent
        command = [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            "xls:MS Excel 97",
            "--outdir",
            str(target),
            str(source),
        ]
        subprocess.run(command, check=True, timeout=120)


if __name__ == "__main__":
    main()
