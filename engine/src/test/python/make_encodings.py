#!/usr/bin/env python3
"""The table that AssemblerTest holds the assembler against: instructions, and the bytes that GNU as makes of them.

    java -cp engine/target/classes:engine/target/test-classes scriptorium.engine.machine.Encodings | \\
        engine/src/test/python/make_encodings.py > engine/src/test/resources/machine/encodings.tsv

Needs as and objcopy of GNU binutils for x86-64 (2.40 made the table). Reads instructions in Intel's syntax, one a line, and writes each with a tab and
its bytes in hexadecimal. Refresh the table after an instruction has been added to the assembler or to Encodings.java.
"""
import argparse, pathlib, subprocess, sys, tempfile

argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
texts = [line.rstrip("\n") for line in sys.stdin]
with tempfile.TemporaryDirectory() as folder:
    source, object_file = pathlib.Path(folder, "all.s"), pathlib.Path(folder, "all.o")
    lines = [".intel_syntax noprefix"]
    for i, text in enumerate(texts):
        lines += [".text", f"i{i}: {text}", ".section lengths", f".long e{i} - i{i}", ".text", f"e{i}:"]
    source.write_text("\n".join(lines) + "\n")
    subprocess.run(["as", "--64", "-o", object_file, source], check=True)

    def section(name):
        binary = pathlib.Path(folder, name)
        subprocess.run(["objcopy", "-O", "binary", "--set-section-flags", f"{name}=alloc", "-j", name, object_file, binary], check=True)
        return binary.read_bytes()

    code, lengths = section(".text"), section("lengths")
at = 0
for i, text in enumerate(texts):
    length = int.from_bytes(lengths[4 * i:4 * i + 4], "little")
    print(f"{text}\t{code[at:at + length].hex()}")
    at += length
if at != len(code):
    sys.exit(f"Instructions have {at} bytes, the code {len(code)}: the assembler has added some between them")
