"""A cron that looks at the wall once a minute, as Debian's does: the reference that schedules are held against.

Reads {"zone", "from", "to" (epoch minutes), "expressions"} on stdin, prints {expression: [epoch minutes it fired]}. It
shares nothing with what it checks: the time zones are Python's, and it computes nothing ahead.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

asked = json.load(sys.stdin)
zone = ZoneInfo(asked["zone"])
epoch = datetime(1970, 1, 1)


def numbers(text, low, high):
    found = set()
    for item in text.split(","):
        item, _, step = item.partition("/")
        first, _, last = item.partition("-")
        start, end = (low, high) if item == "*" else (int(first), int(last or first))
        found.update(range(start, end + 1, int(step or 1)))
    return found


class Line:
    def __init__(self, text):
        fields = text.split()
        self.sets = [numbers(f, *r) for f, r in zip(fields, [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)])]
        self.wild = fields[0].startswith("*") or fields[1].startswith("*")
        self.either = not fields[2].startswith("*") and not fields[4].startswith("*")
        self.fired = []

    def fits(self, wall):
        minute, hour, day, month, week_day = self.sets
        days = wall.day in day, wall.isoweekday() % 7 in week_day
        return (
            wall.minute in minute
            and wall.hour in hour
            and wall.month in month
            and (any(days) if self.either else all(days))
        )


lines = {text: Line(text) for text in asked["expressions"]}
virtual = None
for now in range(asked["from"], asked["to"]):
    wall = datetime.fromtimestamp(now * 60, timezone.utc).astimezone(zone).replace(tzinfo=None)
    shown = int((wall - epoch).total_seconds()) // 60
    if virtual is None:
        virtual = shown - 1
    # fixed lines run for every minute that the wall left out, and not for those it shows again
    skipped = [epoch + timedelta(minutes=minute) for minute in range(virtual + 1, shown + 1)]
    for line in lines.values():
        if line.fits(wall) if line.wild else any(map(line.fits, skipped)):
            line.fired.append(now)
    virtual = max(virtual, shown)
print(json.dumps({text: line.fired for text, line in lines.items()}))
