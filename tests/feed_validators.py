"""Feed validators that others wrote: Ruby's ``rss`` for Atom, and the JSON Schema of ``jsonfeed-schema`` for JSON Feed."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from tests.servers import TOOLS, missing

SCHEMA = TOOLS / "node_modules/jsonfeed-schema/schema-v1.1.json"
ATOM = Path(__file__).with_name("mirror") / "validate_atom.rb"


def check_atom(*files: Path) -> None:
    """Fail unless each file is valid Atom."""
    if not shutil.which("jekyll"):  # which brings Ruby
        missing("jekyll", "there is no jekyll on the PATH")
    feeds = json.dumps([file.read_text("utf-8") for file in files])
    done = subprocess.run(["ruby", ATOM], input=feeds, capture_output=True, text=True, check=True, timeout=120)
    wrong = dict(zip(files, json.loads(done.stdout), strict=True))
    assert {file: error for file, error in wrong.items() if error} == {}


def check_json_feed(*files: Path) -> None:
    """Fail unless each file is valid JSON Feed 1.1."""
    if not SCHEMA.is_file():
        missing("jsonfeed", f"there is no {SCHEMA}; npm install --prefix .tools jsonfeed-schema")
    validator = Draft7Validator(json.loads(SCHEMA.read_text("utf-8")), format_checker=Draft7Validator.FORMAT_CHECKER)
    wrong = {file: [error.message for error in validator.iter_errors(read(file))] for file in files}
    assert {file: errors for file, errors in wrong.items() if errors} == {}


def read(file: Path) -> dict[str, Any]:
    """Return the content of a JSON Feed."""
    return json.loads(file.read_text("utf-8"))
