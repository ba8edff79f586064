#!/usr/bin/env python3
"""How the cost grows: `scriptorium bench` over numbers of sequences, context lengths, threads and cache types.

    job/bench/growth.py --model DIR [--only sequences|context|threads|sampling]

Prints one table each. Each run has its own process and takes from some seconds to a minute.
"""
import argparse, json, os, subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def bench(model, *options):
    command = [os.path.join(ROOT, "job", "bin", "scriptorium"), "bench", "--model", model, *map(str, options)]
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [line for line in out.stdout.splitlines() if line.startswith("{")]
    if out.returncode != 0 or not lines:
        raise SystemExit(f"{' '.join(command)} failed:\n{out.stderr[-2000:]}")
    return json.loads(lines[-1])


def table(title, rows):
    print(f"\n| {title} | tokens/s | of the limit | resident MiB | bytes allocated a token |\n|---|---|---|---|---|")
    for name, options in rows:
        r = bench(*options)
        print(f"| {name} | {r['tokens_per_second']:.0f} | {r['percent_of_peak']:.0f} % | {r['resident_mib']} |"
              f" {r['allocated_bytes_per_token']} |", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True); p.add_argument("--only")
    a = p.parse_args()

    def wanted(name):
        return a.only in (None, name)

    if wanted("sequences"):
        table("sequences of 64 new tokens", [(n, (a.model, "--sequences", n, "--new-tokens", 64)) for n in (1, 2, 4, 8, 16, 32, 64, 128, 256)])
    if wanted("context"):
        table("16 sequences of so many tokens", [(f"{n}, {cache}", (a.model, "--sequences", 16, "--new-tokens", n, "--cache-type", cache))
                                                 for n in (128, 256, 512, 1023) for cache in ("f32", "f16")])
    if wanted("threads"):
        table("threads, 48 x 96", [(n, (a.model, "--sequences", 48, "--new-tokens", 96, "--threads", n)) for n in (1, 2)])
    if wanted("sampling"):
        table("sampling, 32 x 128", [(name, (a.model, "--sequences", 32, "--new-tokens", 128, "--top-k", k)) for name, k in (("top-k 40", 40), ("all tokens", 0))])


main()
