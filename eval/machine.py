"""The machine that figures come from, without its name."""

import os
import platform
import re
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path


def machine(packages: Sequence[str]) -> Mapping[str, str]:
    """Describe this machine, and the versions of packages."""
    cpu, info = platform.machine(), Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"^model name\s*: (.+)$", info.read_text(encoding="utf-8"), re.M)
        cpu = f"{found[1]} ({cpu})" if found else cpu
    return {
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "memory": memory(),
        "system": platform.system(),
        "Python": platform.python_version(),
        **{name: installed(name) for name in packages},
    }


def memory() -> str:
    """Give the machine's memory, empty where it is not told."""
    if not hasattr(os, "sysconf"):
        return ""
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1024**3:.0f} GiB"


def installed(name: str) -> str:
    """Give the version of an installed package, empty when it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
