"""The command line as a script sees it: exit codes and JSON forms. LIAISON names the binary."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

BINARY = os.environ["LIAISON"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "data" / "cda" / "n1.xml"


def run(*arguments, data=None):
    environment = {**os.environ, "LC_ALL": "C"}  # French, whatever this machine speaks
    return subprocess.run([BINARY, *arguments], input=data, capture_output=True, timeout=30, check=False,
                          env=environment)


class Check(unittest.TestCase):
    def test_an_accepted_document_exits_0_and_says_what_it_is(self):
        done = run("check", str(SAMPLE), "--json", "--environment", "test")
        self.assertEqual(done.returncode, 0)
        said = json.loads(done.stdout)
        self.assertEqual(said["accepted"], True)
        self.assertEqual(said["documents"][0]["typeCode"], "34112-3")
        self.assertEqual(said["documents"][0]["ins"], {"status": "qualified", "oid": "1.2.250.1.213.1.4.10"})

    def test_a_test_identity_is_refused_in_production_with_exit_1(self):
        done = run("check", str(SAMPLE), "--json")
        self.assertEqual(done.returncode, 1)
        found = [f for f in json.loads(done.stdout)["findings"] if f["rule"] == "INS-03"]
        self.assertTrue(found and found[0]["message"]["fr"] and found[0]["message"]["en"] and found[0]["remedy"]["fr"])

    def test_standard_input_is_read(self):
        done = run("check", "-", "--json", "--environment", "test", data=SAMPLE.read_bytes())
        self.assertEqual(done.returncode, 0)

    def test_a_missing_file_exits_2(self):
        self.assertEqual(run("check", "/nonexistent.xml").returncode, 2)

    def test_text_output_names_the_rule(self):
        done = run("check", str(SAMPLE))
        self.assertIn(b"erreur INS-03", done.stdout)


    def test_text_output_shows_the_line_with_a_caret_under_the_attribute(self):
        done = run("check", str(SAMPLE))
        lines = done.stdout.decode().splitlines()
        shown = next(i for i, line in enumerate(lines) if "\u2502" in line)
        caret = lines[shown + 1].index("^")
        self.assertTrue(lines[shown][caret:].startswith("root="), lines[shown])
        self.assertNotIn("\x1b", done.stdout.decode())  # no colour into a pipe

    def test_both_languages_are_spoken(self):
        self.assertIn(b"refused", run("check", str(SAMPLE), "--lang", "en").stdout)
        self.assertIn("refusé".encode(), run("check", str(SAMPLE), "--lang", "fr").stdout)

    def test_sarif_names_rule_place_and_file(self):
        done = run("check", str(SAMPLE), "--sarif", "--lang", "en")
        self.assertEqual(done.returncode, 1)
        log = json.loads(done.stdout)
        self.assertEqual(log["version"], "2.1.0")
        one = log["runs"][0]
        self.assertEqual(one["tool"]["driver"]["name"], "liaison")
        result = next(r for r in one["results"] if r["ruleId"] == "INS-03")
        self.assertEqual(one["tool"]["driver"]["rules"][result["ruleIndex"]]["id"], "INS-03")
        place = result["locations"][0]["physicalLocation"]
        self.assertTrue(place["artifactLocation"]["uri"].endswith("n1.xml"))
        region = place["region"]
        line = SAMPLE.read_text().splitlines()[region["startLine"] - 1]
        self.assertTrue(line[region["startColumn"] - 1:].startswith("<id "), line)
        self.assertTrue(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].endswith("/@root"))

    def test_a_configuration_brings_environment_and_overrides(self):
        broken = SAMPLE.read_bytes().replace(b'<realmCode code="FR"/>', b'<realmCode code="US"/>')
        with tempfile.TemporaryDirectory() as folder:
            text = (ROOT / "deploy" / "liaison.toml").read_text()
            readable = pathlib.Path(folder) / "readable"
            readable.write_text("x\n")
            text = re.sub(r'"/(etc|run)/[^"]*"', f'"{readable}"', text)
            config = pathlib.Path(folder) / "liaison.toml"
            config.write_text(text)
            self.assertEqual(run("check", "-", "--config", str(config), data=broken).returncode, 1)
            config.write_text(text.replace('rule = "BIO-015"', 'rule = "HDR-003"'))
            self.assertEqual(run("check", "-", "--config", str(config), data=broken).returncode, 0)
            for wrong in ('rule = "NOPE"', 'rule = "INS-02"'):
                config.write_text(text.replace('rule = "BIO-015"', wrong))
                said = run("config", "check", str(config))
                self.assertEqual(said.returncode, 78, wrong)
                same = run("check", "-", "--config", str(config), data=broken)
                self.assertEqual((same.returncode, same.stderr), (78, said.stderr), wrong)

    def test_an_unreadable_folder_of_value_sets_exits_2(self):
        self.assertEqual(run("check", str(SAMPLE), "--value-sets", "/nonexistent").returncode, 2)


class Rules(unittest.TestCase):
    def test_every_rule_has_both_languages(self):
        lines = run("rules", "--json").stdout.splitlines()
        self.assertGreater(len(lines), 50)
        for rule in map(json.loads, lines):
            for text in (rule["message"], rule["remedy"]):
                self.assertTrue(text["fr"] and text["en"], rule["id"])

    def test_an_unknown_rule_exits_1(self):
        self.assertEqual(run("rules", "NOPE-1").returncode, 1)


class Config(unittest.TestCase):
    def test_an_unreadable_file_exits_78_and_says_how_to_mend_it(self):
        done = run("config", "check", "/nonexistent.toml")
        self.assertEqual(done.returncode, 78)
        self.assertTrue(done.stderr)


class Usage(unittest.TestCase):
    def test_an_unknown_command_exits_2(self):
        self.assertEqual(run("fly").returncode, 2)


class Folders(unittest.TestCase):
    def test_a_folder_stands_for_its_documents(self):
        done = run("check", str(ROOT / "deploy" / "samples"), "--environment", "test")
        self.assertEqual(done.returncode, 1)
        self.assertIn("2 accepté(s), 1 refusé(s)".encode(), done.stdout)
        done = run("check", str(ROOT / "deploy" / "samples"), "--environment", "test", "--lang", "en")
        self.assertIn(b"2 accepted, 1 refused", done.stdout)


class Explain(unittest.TestCase):
    def test_a_rule_that_is_data_says_what_its_data_asks(self):
        done = run("rules", "explain", "HDR-045")
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"count(administrativeGenderCode) = 1", done.stdout)
        self.assertIn(b"1.2.250.1.213.1.1.5.590", done.stdout)
        self.assertEqual(run("rules", "show", "HDR-045").returncode, 0)
        self.assertEqual(run("rules", "show", "NO-1").returncode, 1)
        self.assertEqual(run("rules", "show").returncode, 2)
        self.assertGreater(len(run("rules", "list").stdout.splitlines()), 150)


class Example(unittest.TestCase):
    def test_the_example_configuration_has_no_unknown_key_or_wrong_value(self):
        text = (ROOT / "deploy" / "liaison.toml").read_text()
        with tempfile.TemporaryDirectory() as folder:
            readable = pathlib.Path(folder) / "readable"
            readable.write_text("x\n")
            text = re.sub(r'"/(etc|run)/[^"]*"', f'"{readable}"', text)
            config = pathlib.Path(folder) / "liaison.toml"
            config.write_text(text)
            done = run("config", "check", str(config))
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            config.write_text(text.replace("[retry]", "[retry]\nnonsense = 1"))
            done = run("config", "check", str(config))
            self.assertEqual(done.returncode, 78)
            self.assertIn(b"retry.nonsense", done.stderr)

    def test_each_key_of_the_configuration_stands_in_the_example(self):
        source = (ROOT / "gateway" / "config.cpp").read_text()
        example = (ROOT / "deploy" / "liaison.toml").read_text()
        for key in re.findall(r'\b(?:r|top)\.(?:get|path|day)\("(\w+)"', source):
            self.assertRegex(example, rf"(?m)^{key} = ")


if __name__ == "__main__":
    unittest.main()
