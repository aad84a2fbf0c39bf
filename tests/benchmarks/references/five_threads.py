"""Downloads and parses JSON as the original did: five threads, each one request after the other."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen


def read(url):
    with urlopen(url) as answer:
        json.loads(answer.read().decode().removeprefix("var ajaxResult=").removesuffix(";"))


if __name__ == "__main__":
    with ThreadPoolExecutor(5) as threads:
        list(threads.map(read, Path(sys.argv[1]).read_text(encoding="utf-8").split()))
