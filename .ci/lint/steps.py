"""The shell steps of a pipeline's file, one script each, for shellcheck.

`steps.py SHELL UNIT FILE FOLDER`: UNIT says which keys hold steps. It fails where a file has none: a check of nothing
would pass.
"""

import pathlib
import re
import sys

import yaml

# The keys that hold shell, by system.
KEYS = {
    "azure": {"bash", "script"},
    "bitbucket": {"script", "after-script"},
    "buildkite": {"command", "commands"},
    "circleci": {"run"},
    "github": {"run"},
    "gitlab": {"before_script", "script", "after_script"},
    "woodpecker": {"commands"},
}
# Quoted steps of a Jenkinsfile: `sh '…'`, `sh '''…'''`, and with other parameters `sh(script: '…')`.
JENKINS = re.compile(r"\bsh\b(?:\s*\(?\s*(?:label:\s*'[^']*',\s*)?script:)?\s*(?:'''(?P<long>.*?)'''|'(?P<short>[^'\n]*)')", re.S)


def scripts_of(node, keys):
    """Every script below a node; the lines of a list are one script, as runners join them."""
    if isinstance(node, list):
        for item in node:
            yield from scripts_of(item, keys)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key in keys and isinstance(value, str):
            yield value
        elif key in keys and isinstance(value, list) and all(isinstance(line, str) for line in value):
            yield "\n".join(value)
        elif key in keys and isinstance(value, dict) and isinstance(value.get("command"), str):
            yield value["command"]
        else:
            yield from scripts_of(value, keys)


def unescaped(text):
    """What Groovy makes of a text in single quotes; at the end of a line a backslash joins it with the next."""
    known = {"n": "\n", "t": "\t", "\n": ""}
    return re.sub(r"\\(.)", lambda match: known.get(match[1], match[1]), text, flags=re.S)


def jenkins(text):
    """The steps of a Jenkinsfile."""
    for match in JENKINS.finditer(text):
        yield unescaped(match["long"] or match["short"] or "")
    calls = len(re.findall(r"\bsh\b\s*[('\"]", text))
    if calls != len(JENKINS.findall(text)):
        raise SystemExit("a step `sh` is not in single quotes: Groovy would put values into its text")


def main():
    shell, system, file, folder = sys.argv[1:]
    text = pathlib.Path(file).read_text()
    if system == "jenkins":
        found = list(jenkins(text))
    else:
        found = [script for document in yaml.safe_load_all(text) for script in scripts_of(document, KEYS[system])]
    if system == "buildkite":
        # `buildkite-agent pipeline upload` puts variables in place; `$$` is left to the step.
        found = [script.replace("$$", "$") for script in found]
    if not found:
        raise SystemExit(f"{file}: no shell step was found")
    for number, script in enumerate(found, 1):
        # The systems set these options; without `-e` the linter would warn of a `cd` that fails.
        target = pathlib.Path(folder) / f"{number}.sh"
        target.write_text(f"# shellcheck shell={shell}\n# {file}, step {number}\nset -e\n{script}\n")


main()
