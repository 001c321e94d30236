"""Fail when a module or function outgrows its budget: ``size_gate.py PATH…`` (no exceptions list).

Budgets: 350 lines of code a module, 50 lines a function, 6 arguments. Lines of code are lines
with a token that is neither comment nor docstring.
"""

import ast
import io
import sys
import tokenize
from pathlib import Path

MODULE_LINES, FUNCTION_LINES, ARGUMENTS = 350, 50, 6
BLANK = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENCODING, tokenize.ENDMARKER,
}  # fmt: skip
Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function


def code_lines(text: str, tree: ast.AST) -> int:
    """Return how many lines hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in BLANK:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree):
        if isinstance(node, Documented) and ast.get_docstring(node, clean=False) is not None:
            docstring = node.body[0]
            lines.difference_update(range(docstring.lineno, docstring.end_lineno + 1))
    return len(lines)


def over_budget(path: Path) -> list[str]:
    """Return what in a file is over budget, one line each."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    found = []
    if (size := code_lines(text, tree)) > MODULE_LINES:
        found.append(f"{path}: {size} lines of code (at most {MODULE_LINES})")
    for node in ast.walk(tree):
        if not isinstance(node, Function):
            continue
        where = f"{path}:{node.lineno} {node.name}"
        if (size := node.end_lineno - node.lineno + 1) > FUNCTION_LINES:
            found.append(f"{where}: {size} lines (at most {FUNCTION_LINES})")
        names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        names = [name for name in names if name not in ("self", "cls")]
        if (size := len(names)) > ARGUMENTS:
            found.append(f"{where}: {size} arguments (at most {ARGUMENTS})")
    return found


def main(arguments: list[str]) -> int:
    """Check files and folders; return the exit code."""
    files: list[Path] = []
    for path in map(Path, arguments):
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    found = [line for file in files for line in over_budget(file)]
    found.append(f"size gate: {len(files)} files, {len(found)} over budget")
    sys.stdout.write("\n".join(found) + "\n")
    return 1 if len(found) > 1 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
