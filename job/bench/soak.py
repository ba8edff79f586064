#!/usr/bin/env python3
"""Runs generate for some minutes and prints, at each line of its progress, tokens/s since the last one, resident memory,
heap in use after a collection, off-heap memory and open files: all have to stay as they are.

    job/bench/soak.py --minutes 30 --model books-8M --max-new-tokens 256

The run is ended by SIGTERM, its output deleted."""
import argparse
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LAUNCHER = os.path.join(HERE, "..", "bin", "scriptorium")


def status(pid, key):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith(key):
                return int(line.split()[1]) // 1024
    return 0


def heap_mib(pid):
    """Heap in use after a full collection, which jcmd of the same JDK asks for."""
    jcmd = os.path.join(os.path.dirname(os.readlink(f"/proc/{pid}/exe")), "jcmd")
    subprocess.run([jcmd, str(pid), "GC.run"], capture_output=True, check=True)
    info = subprocess.run([jcmd, str(pid), "GC.heap_info"], capture_output=True, check=True, text=True).stdout
    used = re.search(r"used (\d+)K", info)
    return int(used.group(1)) // 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--model", default="books-8M")
    parser.add_argument("--max-new-tokens", default="256")
    parser.add_argument("--shard-rows", default="100")
    given = parser.parse_args()
    out = tempfile.mkdtemp(prefix="soak-")
    command = [LAUNCHER, "generate", "--model", given.model, "--count", "10000000", "--top-k", "40",
               "--max-new-tokens", given.max_new_tokens, "--shard-rows", given.shard_rows, "--out", out]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    start = time.time()
    before = (0, start)
    print("minute  tokens/s  resident MiB  heap MiB  threads  open files  shards", flush=True)
    try:
        for line in run.stdout:
            progress = re.search(r"rows, ([\d,]+) tokens,", line)
            if not progress:
                print(line.rstrip(), flush=True)
                continue
            tokens, now = int(progress.group(1).replace(",", "")), time.time()
            shards = sum(len(files) for folder, _, files in os.walk(out) if folder.endswith(".train"))
            with open(f"/proc/{run.pid}/status") as file:
                threads = re.search(r"Threads:\s+(\d+)", file.read()).group(1)
            files = len(os.listdir(f"/proc/{run.pid}/fd"))
            print(f"{(now - start) / 60:6.1f}  {(tokens - before[0]) / (now - before[1]):8.0f}  "
                  f"{status(run.pid, 'VmRSS:'):12d}  {heap_mib(run.pid):8d}  {threads:>7}  {files:10d}  {shards:6d}", flush=True)
            before = (tokens, now)
            if now - start > given.minutes * 60:
                run.send_signal(signal.SIGTERM)
                break
        print(run.stdout.read().rstrip())
        print(f"ended with status {run.wait()}")
    finally:
        run.kill()
        shutil.rmtree(out)


if __name__ == "__main__":
    main()
