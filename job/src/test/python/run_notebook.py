#!/usr/bin/env python3
"""Executes a notebook whole, with what it drew, and writes down what it computed.

    run_notebook.py NOTEBOOK EXECUTED.ipynb FACTS.json

The notebook runs in its own folder. A cell is added behind its last one, which writes FACTS.json: the figures of each family, the areas under the
curves, what every picture says on its axes and in its legends, and what becomes of a hostile text.
"""
import sys
from pathlib import Path
import nbformat
from nbconvert.preprocessors import ExecutePreprocessor

FACTS = '''
def _said(axes):
    legend = axes.get_legend()
    return {"title": axes.get_title(), "x": axes.get_xlabel(), "y": axes.get_ylabel(),
            "legend": [entry.get_text() for entry in legend.get_texts()] if legend else [],
            "drawn": len(axes.lines) + len(axes.patches) + len(axes.collections)}


_hostile = "<script>alert(1)</script> \\u202e\\u0000 &amp; \\"'"
_row = {"label": "synthetic", "family": _hostile, "tokens": [27, 12048, 29, 50256, 447, 103], "token_ranks": [1, 20, 300, 4000, 1, 1],
        "token_log_likelihoods": [-1.0] * 6, "token_entropies": [2.0] * 6, "log_likelihood": -6.0, "length": 6}
_facts = {
    "figures": {family: {name: (None if pd.isna(value) else float(value)) for name, value in figures.loc[family].items()} for family in families},
    "diversity": {family: diversity[family].to_dict() for family in families},
    "areas": areas.to_dict("records"),
    "samples": {name: {"rows": len(found), "log_likelihood": float(found["log_likelihood"].sum() / found["summands"].sum())}
                for name, found in drawn_rows.items()},
    "pictures": {name: [_said(axes) for axes in drawn.axes] for name, drawn in pictures.items()},
    "hostile": {"text": shown(_hostile), "row": coloured(_row)},
}
Path(FACTS_FILE).write_text(json.dumps(_facts), encoding="utf-8")
'''

source, executed, facts = (Path(argument).resolve() for argument in sys.argv[1:])
notebook = nbformat.read(source, 4)
if any(cell.cell_type == "code" and (cell.outputs or cell.execution_count) for cell in notebook.cells):
    sys.exit(f"{source} has outputs: clear them")
notebook.cells.append(nbformat.v4.new_code_cell(f"FACTS_FILE = {str(facts)!r}\n{FACTS}"))
ExecutePreprocessor(timeout=600, kernel_name="python3").preprocess(notebook, {"metadata": {"path": str(source.parent)}})
del notebook.cells[-1]
nbformat.write(notebook, executed)
