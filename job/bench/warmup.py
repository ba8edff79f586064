#!/usr/bin/env python3
"""Tokens/s of a run of generate in windows of 1,000 tokens, from the first step on, beside the steady rate: the median of the windows
in the second half of the time in which no less than nine tenths of the most sequences are in flight.

    job/bench/warmup.py                                            # the README's first command
    job/bench/warmup.py --model target/bench/124M-random --count 64 --max-new-tokens 256

Rates are of the engine's steps, as its flight recording has them; between steps it waits for prompts and rows."""
import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LAUNCHER = os.path.join(HERE, "..", "bin", "scriptorium")
WINDOW = 1000


def steps(recording):
    """Start in seconds, end, tokens and sequences of each step of the run's engine; that of the head start is a small one's."""
    # the JVM that the launcher chose: the newest jfr of the usual folders reads its recordings
    printed = subprocess.run([jfr(), "print", "--json", "--events", "scriptorium.Step", recording],
                             stdout=subprocess.PIPE, check=True, text=True).stdout
    found = {}
    for event in json.loads(printed)["recording"]["events"]:
        values = event["values"]
        start = datetime.datetime.fromisoformat(values["startTime"]).timestamp()
        seconds = float(values["duration"].removeprefix("PT").removesuffix("S"))
        found.setdefault(values["eventThread"]["javaThreadId"], []).append((start, start + seconds, values["headRows"], values["sequences"]))
    return sorted(max(found.values(), key=lambda of_thread: sum(step[2] for step in of_thread)))


def jfr():
    homes = [os.environ["JAVA_HOME"]] if "JAVA_HOME" in os.environ else []
    for parent in ("/usr/lib/jvm", "/opt"):
        if os.path.isdir(parent):
            homes += [os.path.join(parent, name) for name in sorted(os.listdir(parent), reverse=True)]
    for home in homes:
        if os.path.exists(os.path.join(home, "release")) and 'JAVA_VERSION="25' in open(os.path.join(home, "release")).read():
            return os.path.join(home, "bin", "jfr")
    return "jfr"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--count")
    parser.add_argument("--max-new-tokens")
    parser.add_argument("--kernels")
    parser.add_argument("--windows", type=int, default=12, help="windows that are printed one by one")
    given = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="warmup-")
    try:
        recording = os.path.join(folder, "run.jfr")
        command = [LAUNCHER, "generate", "--out", os.path.join(folder, "out")]
        for name in ("model", "count", "max_new_tokens", "kernels"):
            if getattr(given, name):
                command += ["--" + name.replace("_", "-"), getattr(given, name)]
        options = f"-XX:StartFlightRecording:filename={recording},settings=none,+scriptorium.Step#enabled=true"
        environment = dict(os.environ, JDK_JAVA_OPTIONS=os.environ.get("JDK_JAVA_OPTIONS", "") + " " + options)
        run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if run.returncode != 0:
            raise SystemExit(run.stdout[-2000:])
        windows = []
        tokens, start, busy, most = 0, None, 0.0, 0
        done = steps(recording)
        for begin, end, rows, sequences in done:
            start = begin if start is None else start
            tokens += rows
            busy += end - begin
            most = max(most, sequences)
            if tokens >= WINDOW:
                windows.append((end - done[0][0], tokens / (end - start), tokens / busy, most))
                tokens, start, busy, most = 0, end, 0.0, 0
        full = max(window[3] for window in windows)
        steady = [window[1] for window in windows if window[3] >= 0.9 * full]
        rate = statistics.median(steady[len(steady) // 2:])
        print("seconds  sequences  tokens/s  within steps  of the steady rate")
        for at, whole, within, sequences in windows[:given.windows]:
            print(f"{at:7.1f}{sequences:11,}{whole:10,.0f}{within:14,.0f}{whole / rate:20.0%}", flush=True)
        print(f"{len(windows)} windows of {WINDOW:,} tokens; steady: {rate:,.0f} tokens/s")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
