#!/usr/bin/env python3
"""Scriptorium beside its peers, in one run on one machine: tokens/s, ratio to the best peer, share of the limit, peak memory.

    job/bench/compare.py [--model DIR] [--python PYTHON] [--peers openvino,ctranslate2,...] [--works 32x256,score:32x512] [--repeat N]

Without --model, a 124M checkpoint of random weights is made in target/bench (numpy and safetensors are needed for that).
--python is an interpreter with the packages of requirements.txt; without it, or with --peers none, ours runs alone. Each run
has its own process; of --repeat runs, in turns, the best counts and the spread is shown. The limit is the fused
multiply-adds that all threads together reach on registers alone, measured by the run itself.
Prints a table, and appends one line of JSON a run to target/bench/results.jsonl.
"""
import argparse, datetime, json, os, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(ROOT, "target", "bench")
WORKS = "32x256,128x128,24x1023,score:32x512"
# Peers, types of the weights and, for OpenVINO, of the KV cache: u8 by default, which is a row of its own.
PEERS = {"generate": [("openvino", "f32", "f32"), ("openvino", "f32", "default"), ("openvino", "int8", "default"), ("ctranslate2", "f32"), ("ctranslate2", "int8"), ("llama", "f32"), ("llama", "q8_0")],
         "score": [("ctranslate2", "f32"), ("ctranslate2", "int8"), ("llama", "f32"), ("llama", "q8_0")]}


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model"); p.add_argument("--python"); p.add_argument("--peers", default="openvino,ctranslate2")
    p.add_argument("--works", default=WORKS); p.add_argument("--repeat", type=int, default=1)
    return p.parse_args()


def model(a):
    if a.model:
        return a.model
    folder = os.path.join(OUT, "124M-random")
    if not os.path.exists(os.path.join(folder, "model.safetensors")):
        maker = os.path.join(ROOT, "engine", "src", "test", "python", "make_checkpoint.py")
        tokenizer = os.path.join(ROOT, "datasets", "gpt2-tokenizer")
        subprocess.check_call([a.python or sys.executable, maker, "124M", folder, "--tokenizer", tokenizer])
    return folder


def measured(command, entry):
    """Runs a command: its last line of JSON, with the largest resident memory of any of its processes; None if it failed."""
    script = ("import resource,subprocess,sys; s=subprocess.call(sys.argv[1:]); "
              "print('{\"peak_mib\": %d}' % (resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss//1024), file=sys.stderr); sys.exit(s)")
    process = subprocess.run([sys.executable, "-c", script] + command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [line for line in process.stdout.splitlines() if line.startswith("{")]
    if process.returncode != 0 or not lines:
        sys.stderr.write(f"{' '.join(command)} failed:\n{process.stderr[-2000:]}\n")
        return None
    result = json.loads(lines[-1])
    result["peak_mib"] = json.loads(process.stderr.splitlines()[-1])["peak_mib"]
    result.update(entry)
    return result


def candidates(a, folder, work):
    kind, shape = work.split(":") if ":" in work else ("generate", work)
    sequences, tokens = shape.split("x")
    size = ["--sequences", sequences, "--new-tokens", tokens] + (["--score"] if kind == "score" else [])
    ours = [os.path.join(ROOT, "job", "bin", "scriptorium"), "bench", "--model", folder] + size
    for cache in ("f32", "f16"):
        yield f"scriptorium, {cache} cache", ours + ["--cache-type", cache]
    if a.python:
        wanted = a.peers.split(",")
        for peer, dtype, *cache in PEERS[kind]:
            if peer in wanted:
                peers = os.path.join(ROOT, "job", "bench", "peers.py")
                name = f"{peer} {dtype}" + (f", {cache[0]} cache" if cache else "")
                yield name, [a.python, peers, peer, "--model", folder, "--type", dtype] + (["--cache", cache[0]] if cache else []) + size


def table(work, results):
    # The best peer is one of f32 weights and, where it has a choice, an f32 cache: what ours does.
    peers = [max(r["tokens_per_second"] for r in runs) for name, runs in results.items()
             if runs and not name.startswith("scriptorium") and " f32" in name and "default" not in name]
    best = max(peers, default=None)
    print(f"\n| {work} | tokens/s | of the best f32 peer | of the limit | peak memory, MiB |\n|---|---|---|---|---|")
    for name, runs in results.items():
        if not runs:
            print(f"| {name} | failed | | | |")
            continue
        top = max(runs, key=lambda r: r["tokens_per_second"])
        low = min(r["tokens_per_second"] for r in runs)
        rate = f"{top['tokens_per_second']:.0f}" + (f" ({low:.0f} to {top['tokens_per_second']:.0f})" if len(runs) > 1 else "")
        ratio = f"{top['tokens_per_second'] / best:.2f}" if best else ""
        share = f"{top['percent_of_peak']:.0f} %" if "percent_of_peak" in top else ""
        print(f"| {name} | {rate} | {ratio} | {share} | {top['peak_mib']} |", flush=True)


def main():
    a = arguments()
    os.makedirs(OUT, exist_ok=True)
    folder = model(a)
    subprocess.check_call([os.path.join(ROOT, "job", "bin", "scriptorium"), "--version"])
    when = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    for work in a.works.split(","):
        chosen = list(candidates(a, folder, work))
        results = {name: [] for name, _ in chosen}
        for _ in range(a.repeat):
            for name, command in chosen:
                result = measured(command, {"name": name, "date": when})
                if result:
                    results[name].append(result)
                    with open(os.path.join(OUT, "results.jsonl"), "a") as log:
                        log.write(json.dumps(result) + "\n")
                time.sleep(1)
        table(work, results)


main()
