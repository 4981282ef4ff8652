#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: test_model.py COMPILER... [long]

Let spin search fleet.pml: all states of each world below are good; without any
one of the checks there is a bad one, so each check is needed and the search can
fail; and what should happen can happen.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MODEL = pathlib.Path(__file__).parent / 'fleet.pml'
# What happens, besides rotation and the admission of a host; MARKS: somebody
# compromises a key.
WORLDS = ['', 'REMOVE', 'BACKUP', 'REMOVE EXPEL', 'REMOVE WITHOUT',
          'REMOVE KILL', 'REMOVE HOOK', 'REMOVE HOOK KILL',
          'REMOVE HOOK KILL EXPEL BACKUP', 'REMOVE BACKUP EXPEL', 'MARKS',
          'MARKS EXPEL', 'MARKS HOOK', 'MARKS REMOVE']
# Worlds that take minutes: with the argument "long".
LONG = ['MARKS REMOVE HOOK', 'MARKS WITHOUT', 'MARKS KILL', 'MARKS BACKUP']
# Without the check, this world has a bad state.
CHECKS = {
    'FENCE': 'REMOVE',
    'FROM': 'REMOVE BACKUP',
    'CONFIRM': 'REMOVE',
    'STOPPED': 'REMOVE',
    'LOWER': 'REMOVE BACKUP',
    'STICKY': 'MARKS',
    'PREREQUISITE': 'MARKS',
    'HOOK_ENDS': 'REMOVE HOOK',
    'UPDATE_ENDS': 'MARKS REMOVE',
    'INTENT_FIRST': 'REMOVE',
    'ADMIT_FRESH': 'REMOVE BACKUP',
    'MARK_FIRST': 'MARKS',
    'LOOK_GONE': 'MARKS REMOVE',
    'LOOK_RESERVE': 'MARKS',
    'LISTED': 'REMOVE BACKUP',
    'NAMED': 'MARKS',
    'OUTCOME': 'REMOVE',
    'SETTLED': 'REMOVE',
    'SPAN': 'REMOVE HOOK KILL',
    'LIVES': 'REMOVE HOOK KILL',
    'OWN_INTENT': 'REMOVE HOOK',
    'HELD': 'REMOVE HOOK BACKUP',
    'TERM': 'REMOVE',
}
# What can happen, and in which world.
GOALS = {
    'PUBLISHED': '',
    'ACTIVATED': '',
    'WITHDRAWN': 'REMOVE',
    'LOOK_STOPPED': 'MARKS',
    'RESTORED': 'BACKUP',
    'EXPELLED': 'REMOVE EXPEL',
    'ABANDONED': 'REMOVE HOOK KILL',
}


class Model:
    def __init__(self, folder, compiler):
        text = MODEL.read_text(encoding='utf-8')
        self.numbers = {name: int(number) for name, number in re.findall(
            r'^#define (\w+)\t+(\d+)(?:\t|$)', text, re.MULTILINE)}
        checks = re.findall(r'CHECK\((\w+),|missing [!=]= (\w+)', text)
        self.checks = {a or b for a, b in checks} - {'number'}
        self.folder = folder
        self.failed = 0
        subprocess.run(['spin', '-a', MODEL], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run([*compiler, '-O2', '-w', '-DSAFETY', '-DMEMLIM=6000',
                        '-o', 'pan', 'pan.c'], cwd=folder, check=True)

    def search(self, world, missing='', goal=''):
        """Whether there is a bad state, and the number of states."""
        env = dict(os.environ,
                   EVENTS=str(sum(self.numbers[word]
                                  for word in world.split())),
                   MISSING=str(self.numbers.get(missing, 0)),
                   REACH=str(self.numbers.get(goal, 0)))
        out = subprocess.run(['./pan', '-m100000'], cwd=self.folder, env=env,
                             capture_output=True, text=True,
                             check=False).stdout
        errors = re.search(r'errors: (\d+)', out)
        states = re.search(r'(\d+(?:\.\d+e\+\d+)?) states, stored', out)
        if not errors or not states or 'max search depth' in out:
            sys.exit(f'{world}: the search did not end:\n{out}')
        return int(errors[1]) != 0, states[1]

    def expect(self, is_bad, name, world, **how):
        found, states = self.search(world, **how)
        if found != is_bad:
            self.failed += 1
        print(f'{"ok" if found == is_bad else "not ok"} - {name}: {states} '
              f'states', flush=True)


def main():
    compiler = [word for word in sys.argv[1:] if word != 'long']
    if not shutil.which('spin'):
        print('1..0 # SKIP no spin')
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        model = Model(folder, compiler)
        if model.checks != set(CHECKS):
            sys.exit(f'checks without a test, or the reverse: '
                     f'{model.checks ^ set(CHECKS)}')
        worlds = WORLDS + (LONG if 'long' in sys.argv[1:] else [])
        for world in worlds:
            model.expect(False, f'rotation {world}'.strip(), world)
        for check, world in CHECKS.items():
            model.expect(True, f'without {check}', world, missing=check)
        for goal, world in GOALS.items():
            model.expect(True, f'can be {goal}', world, goal=goal)
    print(f'1..{len(worlds) + len(CHECKS) + len(GOALS)}')
    sys.exit(model.failed != 0)


main()
