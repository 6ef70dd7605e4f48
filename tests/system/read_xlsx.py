# SPDX-License-Identifier: GPL-3.0-or-later
"""A workbook as text: the names of its sheets, each cell as "sheet1 A1 type text", and how many formulas and charts
there are. Read strictly, as XML in a ZIP."""
import sys
import xml.etree.ElementTree as tree
import zipfile

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def text_of(element):
    return "".join(t.text or "" for t in element.iter(MAIN + "t"))


book = zipfile.ZipFile(sys.argv[1])
assert book.testzip() is None
parts = {n: tree.fromstring(book.read(n)) for n in book.namelist() if n.endswith((".xml", ".rels"))}
print("sheets", *[s.get("name") for s in parts["xl/workbook.xml"].iter(MAIN + "sheet")], sep="|")
shared = [text_of(s) for s in parts.get("xl/sharedStrings.xml", [])]
for name in sorted(n for n in parts if n.startswith("xl/worksheets/sheet")):
    for cell in parts[name].iter(MAIN + "c"):
        value = cell.find(MAIN + "v")
        value = text_of(cell) if value is None else value.text
        value = shared[int(value)] if cell.get("t") == "s" else value
        print(name[len("xl/worksheets/"):-len(".xml")], cell.get("r"), cell.get("t", "n"), value)
print("formulas", sum(1 for part in parts.values() for _ in part.iter(MAIN + "f")))
print("charts", sum(n.startswith("xl/charts/chart") for n in parts))
