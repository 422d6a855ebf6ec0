"""`studypath models`: what can write answers, and a small model fetched for this machine."""

from assistant.engines import EngineState, best, usable
from assistant.local_model import FILE, REPOSITORY, pull
from assistant.settings import Settings
from ui.markup import one_line
from ui.terminal import complain, show_table, show_text, write_json


def show_models(settings: Settings, as_json: bool) -> None:
    """Write every engine with whether it is usable, and which one auto takes."""
    states = usable(settings)
    taken = best(settings, states).name
    if settings.remark:
        complain(settings.remark)
    if as_json:
        for state in states:
            write_json(model_json(state, taken))
        return
    rows = [
        (state.name, "yes" if state.usable else "no", state.model or "", one_line(state.why))
        for state in states
    ]
    show_table(("engine", "usable", "model", "reason"), rows)
    show_text(f"\n`--engine auto` takes {taken}; without it, {settings.engine} answers.")


def model_json(state: EngineState, taken: str) -> dict[str, object]:
    """Write one engine as the object of the `studypath models` contract."""
    return {
        "schema": 1,
        "engine": state.name,
        "usable": state.usable,
        "auto": state.name == taken,
        "model": state.model,
        "why": state.why,
    }


def pull_model(settings: Settings, as_json: bool) -> None:
    """Fetch the small model, and say where it is."""
    complain(f"fetching {FILE} of {REPOSITORY}, about a gigabyte")
    pulled = pull(settings.cache)
    if as_json:
        write_json(
            {
                "schema": 1,
                "path": str(pulled.path),
                "bytes": pulled.size,
                "sha256": pulled.sha256,
                "fetched": pulled.fetched,
            }
        )
        return
    show_text(f"{pulled.path}: {pulled.size / 1e6:.0f} MB")
    show_text("`studypath ask --engine local` answers with it.")
