"""The verdict beside other people's tools: every declared rule evaluated by libxml2's XPath, the structure validated by
xmllint with the official schema, on documents and on systematic faults in them. LIAISON names the binary.

Needs python3-lxml; the official schema and examples are used where they lie beside the checkout."""
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import tomllib
import unittest

from lxml import etree

BINARY = os.environ["LIAISON"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
HL7 = "{urn:hl7-org:v3}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
PREFIXES = {"lab": "urn:oid:1.3.6.1.4.1.19376.1.3.2", "sdtc": "urn:hl7-org:sdtc", "pharm": "urn:ihe:pharm:medication",
            "ps3-20": "urn:dicom-org:ps3-20", "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
OWN = sorted((ROOT / "deploy" / "samples").glob("*.xml")) + sorted((ROOT / "tests" / "data" / "cda").glob("*.xml"))
OFFICIAL = [SHARED / "examples" / "cda" / name for name in (
    "LDL-SES_2022.01.xml", "LDL-EES_2022.01.xml", "BIO-CR-BIO_2024.01_Microbiologie_V2.xml", "IMG_CR_IMG_2024.01.xml",
    "BIO-CR-BIO_2021.01_Microbiologie_V1.xml", "eP-MED-DM_2024.01_PosoStruct.xml", "VSM_1.4_2022.01.xml")]


# --- the rules, read and evaluated without our engine -------------------------------------------------------------------

def shipped_sets():
    sets, codes, system = {}, None, None
    for line in (ROOT / "schemas" / "value_sets.txt").read_text().splitlines():
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if words[0] == "set":
            codes = sets.setdefault(words[1], set())
        elif words[0] == "system":
            system = words[1]
        else:
            codes.update((code, system) for code in words)
    return sets


SETS = shipped_sets()


def strings(x):
    return [n if isinstance(n, str) else "".join(n.itertext()) for n in x] if isinstance(x, list) else [str(x)]


def first(x):
    found = strings(x)
    return found[0] if found else ""


def one_of(_, x, words):
    return any(s in words.split() for s in strings(x))


def in_set(_, x, oid):
    return oid not in SETS or any((n.get("code"), n.get("codeSystem")) in SETS[oid] for n in x)


def code_in_set(_, x, oid):
    codes = {code for code, _ in SETS.get(oid, ())}
    return oid not in SETS or any((n if isinstance(n, str) else n.get("code")) in codes for n in x)


def text_in_set(_, x, oid):
    return oid not in SETS or any(s in {code for code, _ in SETS[oid]} for s in strings(x))


def is_timestamp(_, x):
    m = re.fullmatch(r"(\d{4})((\d\d)((\d\d)((\d\d)((\d\d)((\d\d)(\.\d+)?)?)?)?)?)?([+-]\d{1,4})?", first(x))
    if not m:
        return False
    month, day, hour, minute, second = (int(m.group(g)) if m.group(g) else None for g in (3, 5, 7, 9, 11))
    days = [31, 29 if int(m.group(1)) % 4 == 0 and (int(m.group(1)) % 100 or int(m.group(1)) % 400 == 0) else 28,
            31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    if month is not None and not 1 <= month <= 12:
        return False
    if day is not None and not 1 <= day <= days[month - 1]:
        return False
    zone = m.group(13)
    if int(m.group(1)) == 0:
        return False
    if zone:
        padded = (zone[1:] + "000")[:4]
        if day is None or int(padded[2:]) > 59 or int(padded[:2]) * 60 + int(padded[2:]) > 14 * 60:
            return False
    if hour == 24:
        return not (minute or second or (m.group(12) or "").strip(".0"))
    return (hour or 0) < 24 and (minute or 0) < 60 and (second or 0) < 60


def is_oid(_, x):
    return bool(re.fullmatch(r"[0-2](\.(0|[1-9]\d*))*|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", first(x)))


def has_form(_, x, forms):
    patterns = ["".join({"A": "[A-Z]", "a": "[a-z]", "9": "[0-9]", "X": "[A-Z0-9]", "*": ".*"}.get(c, re.escape(c)) for c in form)
                for form in forms.split()]
    return any(re.fullmatch(p, s, re.S) for p in patterns for s in strings(x))


FUNCTIONS = etree.FunctionNamespace(None)
FUNCTIONS.update({"one-of": one_of, "in-set": in_set, "code-in-set": code_in_set, "text-in-set": text_in_set,
                  "is-timestamp": is_timestamp, "is-oid": is_oid, "has-form": has_form,
                  "is-integer": lambda _, x: bool(re.fullmatch(r"[+-]?\d+", first(x)))})


def alternatives(pattern):
    depth, out = 0, [""]
    for c in pattern:
        depth += (c == "[") - (c == "]")
        if c == "|" and depth == 0:
            out.append("")
        else:
            out[-1] += c
    return [p.strip() for p in out]


def load_rules():
    """[(when, [(context, [(id, test)])])]; rules on units are left to the unit tests, libxml2 knows no UCUM."""
    packs = []
    for file in sorted((ROOT / "schemas" / "rules").rglob("*.toml")):
        if file.name == "predicates.toml":
            continue
        source = tomllib.loads(file.read_text())
        when = source["pack"].get("when")
        contexts = []
        for c in source.get("context", []):
            at = " | ".join(p if p.startswith("/") else "//" + p for p in alternatives(c["at"]))
            tests = [(r["id"], etree.XPath(f"boolean({r['test']})", namespaces=PREFIXES)) for r in c["rule"]
                     if "is-ucum" not in r["test"]]
            contexts.append((etree.XPath(at, namespaces=PREFIXES), tests))
        packs.append((etree.XPath(f"boolean({when})", namespaces=PREFIXES) if when else None, contexts))
    return packs


def bare(path):
    """The document with HL7 names bare, as the rules write them."""
    tree = etree.parse(path)
    for e in tree.iter(HL7 + "*"):
        e.tag = e.tag[len(HL7):]
        if XSI_TYPE in e.attrib:
            e.set(XSI_TYPE, e.get(XSI_TYPE).split(":")[-1])
    return tree


def broken_rules(packs, path):
    tree, out = bare(path), set()
    for when, contexts in packs:
        if when is not None and not when(tree.getroot()):
            continue
        for at, tests in contexts:
            for node in at(tree):
                out.update(i for i, holds in tests if i not in out and not holds(node))
    return out


# --- faults -------------------------------------------------------------------------------------------------------------

def in_narrative(e):
    return any(p.tag == HL7 + "text" for p in e.iterancestors())


def fault(tree, rnd):
    """One systematic change. @return its name, or None when it does not apply here."""
    nodes = [e for e in tree.getroot().iter(etree.Element) if e.getparent() is not None and not in_narrative(e)]
    e, kind = rnd.choice(nodes), rnd.choice(("delete", "double", "rename", "null", "root", "code", "system", "date",
                                             "qualifier", "less", "more", "swap", "type"))
    parent = e.getparent()
    plain = [a for a in e.attrib if not a.startswith("{")]
    if kind == "delete":
        parent.remove(e)
    elif kind == "double":
        parent.insert(parent.index(e) + 1, etree.fromstring(etree.tostring(e, with_tail=False)))
    elif kind == "rename":
        e.tag += "X"
    elif kind == "null":
        for a in plain:
            del e.attrib[a]
        e.set("nullFlavor", rnd.choice(("UNK", "NA", "NAV")))
    elif kind == "less" and plain:
        del e.attrib[rnd.choice(plain)]
    elif kind == "more":
        e.set(rnd.choice(("couleur", "code", "displayable")), "x")
    elif kind == "swap" and isinstance(getattr(e.getnext(), "tag", None), str):
        parent.insert(parent.index(e), e.getnext())
    elif kind == "type" and XSI_TYPE in e.attrib:
        e.set(XSI_TYPE, rnd.choice(("ST", "PQ", "CD", "NOPE")))
    elif kind == "root" and "root" in e.attrib:
        e.set("root", rnd.choice(("1.2.3.4", "abc", e.get("root") + ".9")))
    elif kind == "code" and "code" in e.attrib:
        e.set("code", rnd.choice(("ZZZ", "00000-0")))
    elif kind == "system" and "codeSystem" in e.attrib:
        e.set("codeSystem", rnd.choice(("1.2.3", "2.16.840.1.113883.6.96")))
    elif kind == "date" and re.match(r"\d{4}", e.get("value", "")):
        e.set("value", rnd.choice(("20241332", "2024-01-01", "hier", "2024", "20240101120000Z")))
    elif kind == "qualifier" and "qualifier" in e.attrib:
        e.set("qualifier", rnd.choice(("SP", "LS")))
    else:
        return None
    return kind


def write_faults(folder, sources, each, seed):
    rnd = random.Random(seed)
    for source in sources:
        made = 0
        while made < each:
            tree = etree.parse(str(source))
            if kind := fault(tree, rnd):
                tree.write(str(folder / f"{source.stem}-{made:03}-{kind}.xml"), encoding="UTF-8", xml_declaration=True)
                made += 1


class Oracle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.seed = int(os.environ.get("SEED", "20260115"))
        print(f"SEED={cls.seed}", flush=True)
        cls.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.folder.name)
        write_faults(folder, OWN + [p for p in OFFICIAL if p.exists()], 30, cls.seed)
        cls.files = sorted(folder.glob("*.xml"))
        done = subprocess.run([BINARY, "check", "--json", "--environment", "test", str(folder)], capture_output=True,
                              timeout=120, check=False)
        cls.said = {v["file"]: v for v in map(json.loads, done.stdout.splitlines())}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_rule_has_the_verdict_of_libxml2(self):
        packs = load_rules()
        known = {i for _, contexts in packs for _, tests in contexts for i, _ in tests}
        for path in self.files:
            with self.subTest(document=path.name):
                ours = {f["rule"] for f in self.said[str(path)]["findings"] if f["rule"] in known}
                self.assertEqual(ours - {"TERM-UCUM"}, broken_rules(packs, str(path)))

    @unittest.skipUnless((SHARED / "spec" / "cda-xsd").exists(), "the official schema is not beside the checkout")
    def test_the_structure_has_the_verdict_of_the_official_schema(self):
        schema = SHARED / "spec" / "cda-xsd" / "CDA_extended.xsd"
        done = subprocess.run(["xmllint", "--nonet", "--huge", "--noout", "--schema", str(schema), *map(str, self.files)],
                              capture_output=True, text=True, check=False)
        valid = {line[:-len(" validates")] for line in done.stderr.splitlines() if line.endswith(" validates")}
        structural = re.compile(r"STR-(0[1-9]|11)$")  # libxml2 does not pair references with IDs: STR-10 is ours alone
        refused = 0
        for path in self.files:
            with self.subTest(document=path.name):
                ours = [f["location"] for f in self.said[str(path)]["findings"] if structural.match(f["rule"])]
                self.assertEqual(str(path) in valid, not ours, ours)
                refused += bool(ours)
        self.assertGreater(refused, len(self.files) // 5)

    def test_every_location_is_a_place_in_the_document(self):
        for path in self.files:
            tree = None
            for f in self.said[str(path)]["findings"]:
                with self.subTest(document=path.name, location=f["location"]):
                    tree = tree or bare(str(path))
                    where = re.sub(r"/@[\w:-]+$", "", f["location"])
                    where = re.sub(r"(?<=/)(\w+X)\b", r"*[local-name()='\1']", where)
                    self.assertEqual(len(tree.xpath(where, namespaces=PREFIXES)), 1)
                    self.assertGreater(f["line"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
