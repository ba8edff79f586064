#!/usr/bin/env python3
"""The classes of characters that decide tokens and keys, frozen: writes UnicodeRanges.java of package scriptorium.engine.text.

    make_unicode.py > engine/src/main/java/scriptorium/engine/text/UnicodeRanges.java

Needs unicodedata2 of the version of Unicode below (requirements.txt); the output depends on nothing else. Another version changes
tokens, and therefore raises Engine.NUMERICS_VERSION. Classes, by general category:
  L  letters: Lu Ll Lt Lm Lo               D  decimal digits: Nd
  N  other numbers: Nl No                  M  non-spacing marks: Mn
  S  White_Space: Zs Zl Zp, U+0009..U+000D, U+0085
  O  every other assigned code point, surrogates and private use among them; what is in no range is unassigned
"""
import unicodedata2

VERSION = "16.0.0"
WIDTH = 90
CLASSES = {"Lu": "L", "Ll": "L", "Lt": "L", "Lm": "L", "Lo": "L", "Nd": "D", "Nl": "N", "No": "N", "Mn": "M",
           "Zs": "S", "Zl": "S", "Zp": "S", "Cn": ""}

if unicodedata2.unidata_version != VERSION:
    raise SystemExit(f"unicodedata2 has Unicode {unicodedata2.unidata_version}: install unicodedata2=={VERSION}")


def class_of(c):
    return "S" if 0x09 <= c <= 0x0D or c == 0x85 else CLASSES.get(unicodedata2.category(chr(c)), "O")


def ranges():
    first, of = 0, class_of(0)
    for c in range(1, 0x110001):
        now = class_of(c) if c < 0x110000 else None
        if now != of:
            if of:
                yield f"{of}{first:X}" + (f"-{c - 1:X}" if c - 1 > first else "")
            first, of = c, now


lines = [""]
for part in ranges():
    if len(lines[-1]) + 1 + len(part) > WIDTH:
        lines.append("")
    lines[-1] += (" " if lines[-1] else "") + part

print("package scriptorium.engine.text;\n")
print("/**\n * Classes of the code points of Unicode " + VERSION + ", the version of JDK 25. Written by {@code\n"
      " * engine/src/test/python/make_unicode.py}, which explains the classes; not to be edited.\n */")
print("final class UnicodeRanges {\n  static final String VERSION = \"" + VERSION + "\";\n")
print("  /** Class and first code point, and the last one where the range has more than one; ascending. */")
print('  static final String RANGES =\n      """')
print("\n".join("      " + line for line in lines))
print('      """;\n\n  private UnicodeRanges() {}\n}')
