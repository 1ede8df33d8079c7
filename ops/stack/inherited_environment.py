"""What a shell prepared for a local stack carries, and a stack on an account must not take.

With it, `staging` would be written into the local state, encrypted by its passphrase.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

STATE = "PULUMI_BACKEND_URL"
PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable
CONFIGURATION = "PULUMI_OPTION_CONFIG_FILE"
TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable
NO_PLUGINS = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"
"""Says nothing of where it came from: it goes with the others, or stays."""

LOCAL = ".local"
PROJECT_FILE = "Pulumi.yaml"


def leftovers(local: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Name the variables of *environ* that a local stack set, of the clone of *local* or another.

    They are known by what they hold: a path below the `.local` of a clone, or its token.
    """
    homes = {
        name: _home(environ.get(name, ""), local) for name in (STATE, PASSPHRASE, CONFIGURATION)
    }
    found = [name for name, home in homes.items() if home]
    if found and NO_PLUGINS in environ:
        found.append(NO_PLUGINS)
    if environ.get(TOKEN) in set(_tokens({local, *filter(None, homes.values())})):
        found.append(TOKEN)
    return tuple(found)


def _home(value: str, local: Path) -> Path | None:
    """Find the `.local` of a clone that *value*, a path or an address of one, lies below."""
    path = Path(unquote(urlsplit(value).path)) if value.startswith("file:") else Path(value)
    return next((folder for folder in path.parents if _is_home(folder, local)), None)


def _is_home(folder: Path, local: Path) -> bool:
    """Not each `.local`: people have one in their home, for other things."""
    return folder == local or (folder.name == LOCAL and (folder.parent / PROJECT_FILE).is_file())


def _tokens(homes: set[Path]) -> Iterator[str]:
    for home in homes:
        try:
            yield (home / "cloudflare" / "token").read_text().strip()
        except (OSError, ValueError):
            continue
