#!/usr/bin/env python3
"""Turns a set of XML Schema files for CDA R2 into the compact table that the structure layer reads.

Usage: compile.py CDA_extended.xsd > cda.structure     (needs python3-lxml)

The table holds facts alone: element order, cardinality, types, attributes and closed vocabularies, flattened
(derivation expanded, unreachable types left out). README.md of this folder gives its form.
"""
import os
import sys
from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
HL7 = "urn:hl7-org:v3"
PREFIX = {
    HL7: "",
    "urn:hl7-org:sdtc": "sdtc:",
    "urn:ihe:pharm:medication": "pharm:",
    "urn:oid:1.3.6.1.4.1.19376.1.3.2": "lab:",
    "urn:dicom-org:ps3-20": "ps3-20:",
}
# Lexical forms that a pattern expresses in the schema and the reader knows by name.
NAMED = {"bl": "bool", "cs": "token", "oid": "oid", "uuid": "uuid", "ruid": "ruid", "ts": "timestamp", "st": "nonempty",
         "int_pos": "positive"}
BUILTIN = {"string": "string", "boolean": "xsbool", "integer": "integer", "decimal": "decimal", "double": "double",
           "anyURI": "uri", "ID": "id", "IDREF": "idref", "IDREFS": "idrefs", "NMTOKEN": "nmtoken",
           "NMTOKENS": "nmtokens", "token": "xstoken", "base64Binary": "base64", "language": "language",
           "anySimpleType": "string", "normalizedString": "string", "Name": "nmtoken"}


class Schemas:
    def __init__(self):
        self.components = {}  # (kind, ns, name) -> (node, ns)
        self.seen = set()

    def load(self, path, ns):
        path = os.path.normpath(path)
        root = etree.parse(path).getroot()
        ns = root.get("targetNamespace") or ns
        if (path, ns) in self.seen:
            return
        self.seen.add((path, ns))
        for node in root:
            if not isinstance(node.tag, str):
                continue
            kind = node.tag[len(XS):]
            if kind in ("include", "import"):
                if node.get("namespace") == "http://www.w3.org/1999/XSL/Transform" or not node.get("schemaLocation"):
                    continue
                self.load(os.path.join(os.path.dirname(path), node.get("schemaLocation")), ns)
            elif node.get("name"):
                self.components.setdefault((kind, ns, node.get("name")), (node, ns))

    def find(self, kind, qname):
        return self.components.get((kind,) + qname)


def qname(node, ns, text):
    if ":" in text:
        prefix, name = text.split(":")
        return node.nsmap[prefix], name
    return node.nsmap.get(None, ns), text


class Compiler:
    def __init__(self, schemas):
        self.s = schemas
        self.types = {}   # key -> lines
        self.simple = {}  # key -> line
        self.queue = []
        self.anonymous = 0

    # -- names -----------------------------------------------------------------------------------------------------
    def key(self, q):
        ns, name = q
        return PREFIX[ns] + name

    def want(self, q, node=None, ns=None):
        """Key of a type; queues it."""
        if q is None:
            self.anonymous += 1
            key = "anonymous%d" % self.anonymous
            self.queue.append((key, node, ns))
            return key
        if q[0] == XS[1:-1]:
            return "xs:" + BUILTIN.get(q[1], "string")
        key = self.key(q)
        found = self.s.find("complexType", q)
        if found:
            if key not in self.types:
                self.types[key] = None
                self.queue.append((key,) + found)
            return key
        return self.simple_type(q)

    # -- simple types ----------------------------------------------------------------------------------------------
    def simple_type(self, q, node=None, ns=None):
        if q is not None:
            if q[0] == XS[1:-1]:
                return "xs:" + BUILTIN[q[1]]
            if q[1] in NAMED:
                return "xs:" + NAMED[q[1]]
            key = self.key(q)
            if key in self.simple:
                return key
            node, ns = self.s.find("simpleType", q)
        else:
            self.anonymous += 1
            key = "anonymous%d" % self.anonymous
        self.simple[key] = None
        self.simple[key] = self.simple_body(node, ns)
        return key

    def simple_body(self, node, ns):
        for child in node:
            if child.tag == XS + "restriction":
                base = child.get("base")
                base_key = self.simple_type(qname(child, ns, base)) if base else self.simple_type(None, child.find(XS + "simpleType"), ns)
                values = [e.get("value") for e in child.findall(XS + "enumeration")]
                facets = [e.tag[len(XS):] for e in child if isinstance(e.tag, str)]
                if any(f in ("pattern", "minLength") for f in facets):
                    raise SystemExit("a pattern without a name: %s" % node.get("name"))
                low, high = child.find(XS + "minInclusive"), child.find(XS + "maxInclusive")
                if values:
                    return "enum " + " ".join(values)
                if low is not None or high is not None:
                    return "range %s %s %s" % (base_key, low.get("value"), high.get("value"))
                return "same " + base_key
            if child.tag == XS + "union":
                members = [self.simple_type(qname(child, ns, m)) for m in (child.get("memberTypes") or "").split()]
                members += [self.simple_type(None, t, ns) for t in child.findall(XS + "simpleType")]
                return "union " + " ".join(members)
            if child.tag == XS + "list":
                return "list " + self.simple_type(qname(child, ns, child.get("itemType")))
        raise SystemExit("an empty simple type")

    # -- complex types ---------------------------------------------------------------------------------------------
    def attributes(self, node, ns, into):
        for child in node:
            if child.tag == XS + "attributeGroup":
                group, gns = self.s.find("attributeGroup", qname(child, ns, child.get("ref")))
                self.attributes(group, gns, into)
            elif child.tag == XS + "attribute":
                use, fixed = child.get("use", "optional"), child.get("fixed")
                if child.get("ref"):
                    q = qname(child, ns, child.get("ref"))
                    if q[0] not in PREFIX:
                        continue  # xml:lang, xml:space: always allowed
                    target, tns = self.s.find("attribute", q)
                    name, source, sns = PREFIX[q[0]] + q[1], target, tns
                else:
                    name, source, sns = child.get("name"), child, ns
                if use == "prohibited":
                    into.pop(name, None)
                    continue
                if source.get("type"):
                    kind = self.simple_type(qname(source, sns, source.get("type")))
                elif source.find(XS + "simpleType") is not None:
                    kind = self.simple_type(None, source.find(XS + "simpleType"), sns)
                else:
                    kind = "xs:string"
                into[name] = (kind, use == "required", fixed or source.get("fixed"))

    def particle(self, node, ns):
        """Text of a content model: name:type with ? * + {m,n}, ( , ) sequences and ( | ) choices."""
        tag = node.tag[len(XS):]
        if tag == "element":
            if node.get("ref"):
                q = qname(node, ns, node.get("ref"))
                target, tns = self.s.find("element", q)
                text = PREFIX[q[0]] + q[1] + "=" + self.element_type(target, tns)
            else:
                text = PREFIX[ns] + node.get("name") + "=" + self.element_type(node, ns)
        elif tag == "any":
            text = "#other" if node.get("namespace") == "##other" else "#any"
        elif tag == "group":
            group, gns = self.s.find("group", qname(node, ns, node.get("ref")))
            text = self.particle([c for c in group if isinstance(c.tag, str) and c.tag != XS + "annotation"][0], gns)
        else:
            parts = [self.particle(c, ns) for c in node
                     if isinstance(c.tag, str) and c.tag != XS + "annotation" and c.get("maxOccurs") != "0"]
            parts = [p for p in parts if p]
            if not parts:
                return ""
            text = "( " + (" , " if tag == "sequence" else " | ").join(parts) + " )"
        low, high = int(node.get("minOccurs", "1")), node.get("maxOccurs", "1")
        marks = {(1, "1"): "", (0, "1"): "?", (0, "unbounded"): "*", (1, "unbounded"): "+"}
        if (low, high) in marks:
            mark = marks[(low, high)]
        else:
            mark = "{%d,%s}" % (low, high)
        return text + (" " + mark if mark and text.endswith(")") else mark)

    def element_type(self, node, ns):
        if node.get("type"):
            q = qname(node, ns, node.get("type"))
            # A plain text element: two datatypes that no document uses have one; its text is not looked at.
            return self.want(q) if self.s.find("complexType", q) else "xs:string"
        inner = node.find(XS + "complexType")
        if inner is None:
            return "xs:string"
        return self.want(None, inner, ns)

    def flatten(self, node, ns):
        """(base key, mixed, attributes, content parts, text type)."""
        attributes, parts, mixed, base_key, text = {}, [], node.get("mixed") == "true", None, None
        derivation = None
        for wrapper in ("complexContent", "simpleContent"):
            found = node.find(XS + wrapper)
            if found is not None:
                derivation = [c for c in found if c.tag in (XS + "extension", XS + "restriction")][0]
                mixed = mixed or found.get("mixed") == "true"
        body = node if derivation is None else derivation
        if derivation is not None:
            q = qname(derivation, ns, derivation.get("base"))
            base = self.s.find("complexType", q)
            if base:
                base_key = self.want(q)
                _, base_mixed, base_attributes, base_parts, text = self.flatten(*base)
                attributes.update(base_attributes)
                mixed = mixed or base_mixed
                if derivation.tag == XS + "extension":
                    parts = list(base_parts)
            else:
                text = self.simple_type(q)
        for child in body:
            if isinstance(child.tag, str) and child.tag[len(XS):] in ("sequence", "choice", "group"):
                part = self.particle(child, ns)
                if part:
                    parts.append(part)
        self.attributes(body, ns, attributes)
        return base_key, mixed, attributes, parts, text

    def run(self, root):
        start = self.want(root)
        # xsi:type may name any datatype: every one of them is reachable.
        for kind, ns, name in list(self.s.components):
            if kind == "complexType" and ns == HL7 and not name.startswith(("POCD_", "StrucDoc", "COCT_")):
                self.want((ns, name))
        while self.queue:
            key, node, ns = self.queue.pop()
            base, mixed, attributes, parts, text = self.flatten(node, ns)
            flags = "".join(f for f, on in (("m", mixed), ("a", node.get("abstract") == "true")) if on)
            lines = ["type %s %s %s" % (key, base or "-", flags or "-")]
            if text:
                lines.append(" text " + text)
            for name, (kind, required, fixed) in sorted(attributes.items()):
                lines.append(" @%s%s %s%s" % (name, "!" if required else "", kind, " =" + fixed if fixed else ""))
            if parts:
                lines.append(" has " + (parts[0] if len(parts) == 1 else "( " + " , ".join(parts) + " )"))
            self.types[key] = lines
        print("root ClinicalDocument " + start)
        for key in sorted(self.simple):
            print("simple %s %s" % (key, self.simple[key]))
        for key in sorted(self.types):
            print("\n".join(self.types[key]))


def main():
    schemas = Schemas()
    schemas.load(sys.argv[1], HL7)
    Compiler(schemas).run((HL7, "POCD_MT000040.ClinicalDocument"))


main()
