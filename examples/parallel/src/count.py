"""Counts the words of every file that have at least so many letters."""
import argparse
import os
import re


def init():
    global least
    parser = argparse.ArgumentParser()
    parser.add_argument("--least", type=int, default=1)
    least = parser.parse_known_args()[0].least


def run(mini_batch):
    return ["%s %d" % (os.path.basename(path), count(path)) for path in mini_batch]


def count(path):
    with open(path, encoding="utf-8") as file:
        return sum(len(word) >= least for word in re.findall(r"\w+", file.read()))
