"""The power goes at every write of a load on the store: whatever a call promised by returning is there at the next start,
the call under way is there as a whole or not at all, and the store goes on. What a cut leaves of the unsynced writes
and names is drawn from a seed: lost, kept or torn (disk.hpp).

STORE_LOAD and POWERCUT name the program and the shim. POWERCUT_STEP=k cuts at every kth operation (1: at each; unset:
about 150 cuts); POWERCUT_SEEDS=n draws n times at each. A failure names both, and replays with
POWERCUT_ONLY=N:SEED[:N2] (N2: the second cut, at the start after the first)."""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

LOAD, SHIM = os.environ["STORE_LOAD"], os.environ["POWERCUT"]
STEP = int(os.environ.get("POWERCUT_STEP", "0"))
SEEDS = int(os.environ.get("POWERCUT_SEEDS", "3"))
ONLY = os.environ.get("POWERCUT_ONLY")
CUT = 137


def command(mode, folder, promises, **shim):
    """Runs the program, under the shim if it is told anything."""
    env = dict(os.environ)
    if shim:
        env.update({f"POWERCUT_{k.upper()}": str(v) for k, v in shim.items()}, POWERCUT_DIR=str(folder), LD_PRELOAD=SHIM)
    return subprocess.run([LOAD, mode, str(folder), str(promises)], env=env, capture_output=True, text=True, timeout=120)


class PowerCut(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="powercut_")).resolve()
        self.addCleanup(shutil.rmtree, self.root)

    def place(self, name):
        folder = self.root / name
        folder.mkdir()
        return folder, self.root / f"{name}.promises"

    def count(self, mode):
        folder, promises = self.place(f"count_{mode}")
        told = self.root / "count"
        run = command(mode, folder, promises, at=0, count=told)
        self.assertEqual(run.returncode, 0, run.stdout)
        # Not a number: the shim did not see all that was written, and nothing here would mean anything.
        self.assertRegex(told.read_text(), r"^\d+$")
        return int(told.read_text())

    def accounts(self):
        """The store after 0, 1, 2, … calls of a load that nothing cuts."""
        folder, promises = self.place("whole")
        run = command("accounts", folder, promises)
        self.assertEqual(run.returncode, 0, run.stdout)
        after = [line.split()[1] for line in promises.read_text().splitlines() if line.startswith("call")]
        return [after[0]] + after  # the first call opens: an empty store, as verify finds it in an empty folder

    def cut_run(self, mode, folder, promises, **shim):
        """Runs until the power goes; returns the folder as the next start finds it."""
        left = folder.with_name(folder.name + "+")
        left.mkdir()
        run = command(mode, folder, promises, left=left, **shim)
        self.assertEqual(run.returncode, CUT, f"{folder.name} {shim}: {run.stdout}{run.stderr}")
        for stale in folder.glob("*-shm"):
            shutil.copy(stale, left)
        shutil.rmtree(folder)
        return left

    def cut(self, mode, at, seed, again=None, expected=None, **lie):
        """One load with its cut, `again` a second one at the start that follows. Returns what is broken."""
        folder, promises = self.place(f"{mode}_{at}_{seed}_{again}")
        folder = self.cut_run(mode, folder, promises, at=at, seed=seed, **lie)
        if again:
            folder = self.cut_run("reopen", folder, "/dev/null", at=again, seed=seed, **lie)
        found = command("verify", folder, promises)
        account, *broken = found.stdout.splitlines()
        if found.returncode and not broken:
            broken = [f"verify ended with {found.returncode}: {found.stderr}"]
        calls = 0
        if promises.exists():
            calls = sum(line.startswith("call") for line in promises.read_text().splitlines())
        if not broken and expected and account not in expected[calls:calls + 2]:
            broken = [f"the store is neither as after call {calls} nor as after the next"]
        shutil.rmtree(folder)
        where = ":".join(str(part) for part in (at, seed, again) if part)
        return [f"POWERCUT_ONLY={where} ({mode}): {b}" for b in broken]

    def cuts(self, mode, places, **more):
        """All broken promises of many cuts. `places`: (at, seed, again)."""
        broken = []
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for found in pool.map(lambda place: self.cut(mode, *place, **more), places):
                broken += found
        print(f"{self.id().split('.')[-1]}: {len(places)} cuts, {len(broken)} broken", flush=True)
        return broken

    def spread(self, operations, cuts, seeds):
        """Past the last operation too: the power goes when the process has just ended."""
        if ONLY:
            at, seed, again = (*map(int, ONLY.split(":")), None)[:3]
            return [(at, seed, again)]
        step = STEP or max(1, operations // cuts)
        return [(at, seed, None) for at in range(1, operations + 2, step) for seed in range(1, seeds + 1)]

    def test_what_a_call_promised_survives_a_cut_at_every_write(self):
        operations = self.count("load")
        print(f"{operations} operations", flush=True)
        broken = self.cuts("load", self.spread(operations, 150, SEEDS), expected=self.accounts())
        self.assertEqual(broken, [])

    def test_a_new_store_is_whole_or_empty_after_a_cut_at_each_of_its_first_writes(self):
        places = self.spread(80, 80, SEEDS)
        self.assertEqual(self.cuts("load", places, expected=self.accounts()), [])

    def test_a_cut_while_starting_after_a_cut_loses_nothing_more(self):
        places = self.spread(self.count("load"), 40, 1)
        if not ONLY:
            places = [(at, seed, 1 + at * 7 % 23) for at, seed, _ in places]
        self.assertEqual(self.cuts("load", places, expected=self.accounts()), [])

    def test_callers_that_share_a_sync_are_all_answered_after_it(self):
        # Threads meet differently each time: a failure names its cut, but need not come back there.
        self.assertEqual(self.cuts("crowd", self.spread(self.count("crowd"), 40, 1)), [])

    def test_this_test_notices_a_disk_that_does_not_sync(self):
        places = self.spread(self.count("load"), 10, 1)
        for lie in ("files", "folder"):
            with self.subTest(lie):
                self.assertNotEqual(self.cuts("load", places, lie=lie), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
