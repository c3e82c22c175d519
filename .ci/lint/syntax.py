"""`syntax.py LANGUAGE FILE…`: whether files parse, for languages whose own tools cannot be installed everywhere."""

import pathlib
import sys

import tree_sitter
import tree_sitter_groovy
import tree_sitter_powershell

LANGUAGES = {"groovy": tree_sitter_groovy, "powershell": tree_sitter_powershell}


def errors(node):
    """The places that no rule of the grammar fits."""
    if node.is_error or node.is_missing:
        yield node
    for child in node.children:
        if child.has_error:
            yield from errors(child)


language, *files = sys.argv[1:]
parser = tree_sitter.Parser(tree_sitter.Language(LANGUAGES[language].language()))
bad = [
    f"{file}:{node.start_point.row + 1}: not {language}: {node.text.decode()[:60]!r}"
    for file in files
    for node in errors(parser.parse(pathlib.Path(file).read_bytes()).root_node)
]
sys.exit("\n".join(bad) or None)
