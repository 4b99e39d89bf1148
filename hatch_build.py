"""Build hook: fetch htmx out of its build requirement and map the web files into the wheel.

The folders ``templates/`` and ``static/`` stand at the top of the repository. A wheel carries
them as ``reader/templates`` and ``reader/static``; an editable install uses them where they are.
``static/vendor/htmx.min.js`` is never committed: it is copied from the pinned build requirement
``django-htmx``, which ships htmx as a plain file (Django itself is not used).
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HTMX_IN_REQUIREMENT = Path("static", "django_htmx", "htmx-2.min.js")
HTMX_HERE = Path("static", "vendor", "htmx.min.js")


class PostilBuildHook(BuildHookInterface):
    """Runs for the wheel target, in its ``standard`` and ``editable`` versions."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        fill_vendor(root)
        if version == "standard":
            for folder in ("templates", "static"):
                if (root / folder).is_dir():
                    build_data["force_include"][folder] = f"reader/{folder}"


def fill_vendor(root: Path) -> Path:
    """Copy htmx into ``static/vendor`` below ``root`` unless that very file is there already."""
    # find_spec looks a top-level package up without importing it, so Django is not loaded.
    spec = find_spec("django_htmx")
    if spec is None or spec.origin is None:
        raise RuntimeError("the build requirement django-htmx is not installed")
    content = (Path(spec.origin).parent / HTMX_IN_REQUIREMENT).read_bytes()
    target = root / HTMX_HERE
    if not target.is_file() or target.read_bytes() != content:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return target
