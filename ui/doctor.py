"""What `studypath doctor` found, as text and as an object."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from assistant.doctor import BROKEN, OK, WARN, Check
from ui.markup import one_line

SCHEMA = 1


def doctor_json(checks: Sequence[Check]) -> dict[str, object]:
    """Write all checks as one object."""
    return {"schema": SCHEMA, "checks": [asdict(check) for check in checks]}


def doctor_text(checks: Sequence[Check]) -> str:
    """Write a line for each check, with its remedy below it, and what they come to."""
    lines = []
    for check in checks:
        lines.append(f"{check.state:<6}  {one_line(f'{check.name}: {check.words}')}")
        if check.remedy:
            lines.append(f"        → {one_line(check.remedy)}")
    found = Counter(check.state for check in checks)
    counted = " · ".join(f"{found[state]} {state}" for state in (OK, WARN, BROKEN) if found[state])
    return "\n".join([*lines, "", counted])
