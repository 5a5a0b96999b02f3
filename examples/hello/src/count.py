"""Counts words. Needs nothing but Python."""

import argparse
import json
import os
from collections import Counter
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--text", type=Path, required=True)
parser.add_argument("--top", type=int, default=5)
parser.add_argument("--counts", type=Path, required=True)
args = parser.parse_args()

print(os.environ["GREETING"])
words = Counter(args.text.read_text().split())
for word, times in words.most_common(args.top):
    print(f"{times:3} {word}")
(args.counts / "counts.json").write_text(json.dumps(words, indent=2))
