"""What a node uses, as tables that grow: processors and memory, disk, and the processes of the job."""
import csv
import os
import threading
import time

from .settings import make_file
from .slots import descendants


def watch_usage(settings, rank):
    """Writes a line of each table every so often, from a thread; does nothing where the system does not tell."""
    if settings.usage_seconds == 0 or not os.path.exists("/proc/meminfo"):
        return
    folder = os.path.join(settings.logs, "sys", "perf", settings.node(rank))

    def watch():
        before = None
        while True:
            try:
                before = look(folder, before)
            except (OSError, ValueError, IndexError):
                return
            time.sleep(settings.usage_seconds)

    threading.Thread(target=watch, daemon=True).start()


def look(folder, before):
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    times = processor_times()
    memory = memory_bytes()
    busy = ""
    if before is not None and times[1] > before[1]:
        busy = "%.1f" % (100.0 * (times[0] - before[0]) / (times[1] - before[1]))
    used = memory["MemTotal"] - memory.get("MemAvailable", 0)
    header = ["time", "cpu_percent", "memory_used_bytes", "memory_total_bytes"]
    add(folder, "node_resource_usage.csv", header, [[at, busy, used, memory["MemTotal"]]])
    disk = os.statvfs(os.getcwd())
    whole, free = disk.f_blocks * disk.f_frsize, disk.f_bavail * disk.f_frsize
    add(folder, "node_disk_usage.csv", ["time", "path", "used_bytes", "total_bytes"], [[at, os.getcwd(), whole - free, whole]])
    rows = [[at] + row for row in map(process_usage, [os.getpid()] + descendants(os.getpid())) if row]
    add(folder, "processes_resource_usage.csv", ["time", "pid", "name", "cpu_seconds", "memory_bytes"], rows)
    return times


def add(folder, name, header, rows):
    with make_file(os.path.join(folder, name)) as file:
        writer = csv.writer(file)
        if file.tell() == 0:
            writer.writerow(header)
        writer.writerows(rows)


def processor_times():
    """Ticks at work, and all ticks."""
    with open("/proc/stat", encoding="utf-8") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def memory_bytes():
    with open("/proc/meminfo", encoding="utf-8") as file:
        return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file if line.endswith("kB\n")}


def process_usage(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
            name, _, rest = file.read().partition("(")[2].rpartition(")")
    except OSError:
        return None
    fields = rest.split()
    ticks = os.sysconf("SC_CLK_TCK")
    memory = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return [pid, name, "%.2f" % ((int(fields[11]) + int(fields[12])) / ticks), memory]
