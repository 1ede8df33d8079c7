"""Where the files of a clone are: what is tracked, and what `.local/` keeps for this machine."""

from dataclasses import dataclass
from pathlib import Path

PROJECT = "chittyos"


@dataclass(frozen=True)
class Layout:
    """The files of one clone. Nothing below `.local` is ever tracked."""

    root: Path = Path(__file__).resolve().parent.parent

    @property
    def local(self) -> Path:
        return self.root / ".local"

    @property
    def cloudflare(self) -> Path:
        """Data of the local Cloudflare."""
        return self.local / "cloudflare"

    @property
    def state(self) -> Path:
        """State of the stacks that live on the local Cloudflare."""
        return self.local / "state"

    @property
    def passphrase(self) -> Path:
        """What encrypts their secrets; made once, mode 0600."""
        return self.local / "passphrase"

    @property
    def stacks(self) -> Path:
        """Their effective configuration: the tracked file, with secrets of this machine."""
        return self.local / "stacks"

    @property
    def development_token(self) -> Path:
        """The one API token that development begins with, mode 0600."""
        return self.local / "development-token"

    @property
    def project_file(self) -> Path:
        return self.root / "Pulumi.yaml"

    @property
    def policies(self) -> Path:
        return self.root / "policies"

    def tracked(self, stack: str) -> Path:
        """Name the configuration of *stack* in the repository."""
        return self.root / f"Pulumi.{stack}.yaml"

    def effective(self, stack: str) -> Path:
        """Name the configuration of a local *stack* that the engine reads."""
        return self.stacks / f"Pulumi.{stack}.yaml"

    def levels(self, environment: str) -> Path:
        """Name the levels of the policies in *environment*."""
        return self.policies / "levels" / f"{environment}.json"
