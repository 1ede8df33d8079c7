"""Where the files of a clone are: what is tracked, and what `.local/` keeps for this machine."""

from dataclasses import dataclass
from pathlib import Path

PROJECT = "chittyos"


@dataclass(frozen=True)
class Paths:
    """The files of one clone. Nothing below `.local` is ever tracked."""

    root: Path = Path(__file__).resolve().parent.parent

    scratch: Path | None = None
    """Where state and secrets of a throw-away stack go. Default: they stay, in `.local`."""

    @property
    def local(self) -> Path:
        return self.root / ".local"

    @property
    def lock(self) -> Path:
        """Held by the one command that runs."""
        return self.local / "ops.lock"

    @property
    def errors_log(self) -> Path:
        """Tracebacks of errors that nobody thought of, mode 0600."""
        return self.local / "log" / "ops-errors.log"

    @property
    def kept(self) -> Path:
        return self.scratch or self.local

    @property
    def cloudflare(self) -> Path:
        """Data of the local Cloudflare."""
        return self.local / "cloudflare"

    @property
    def connect_tokens(self) -> Path:
        """Tokens that its look-alike of 1Password Connect has issued, a file each, mode 0600."""
        return self.cloudflare / "1password-connect" / "tokens"

    @property
    def state(self) -> Path:
        """State of the stacks that live on the local Cloudflare."""
        return self.kept / "state"

    @property
    def releases(self) -> Path:
        """What was deployed of stacks on the local Cloudflare, a file each."""
        return self.state / "releases"

    @property
    def plugin_record(self) -> Path:
        """Folder that says which plugin the local stacks are run with."""
        return self.local / "state"

    @property
    def passphrase(self) -> Path:
        """What encrypts their secrets; made once, mode 0600."""
        return self.kept / "passphrase"

    @property
    def stacks(self) -> Path:
        """Their effective configuration: the tracked file, with secrets of this machine."""
        return self.kept / "stacks"

    @property
    def advice(self) -> Path:
        """What policies advised when a stack was last run, a file a stack: it is shown once."""
        return self.kept / "advice"

    @property
    def development_token(self) -> Path:
        """The one API token that development begins with, mode 0600."""
        return self.kept / "development-token"

    @property
    def rotations(self) -> Path:
        """Which rotations were begun here and not finished, a file each; no secret is in them."""
        return self.local / "rotations"

    @property
    def policies(self) -> Path:
        return self.root / "policies"

    @property
    def pack(self) -> Path:
        """The executable in `policies`, for engines that start one."""
        return self.policies / "serve"

    def tracked(self, stack: str) -> Path:
        """Return the configuration of *stack* in the repository."""
        return self.root / f"Pulumi.{stack}.yaml"

    def effective(self, stack: str) -> Path:
        """Return the configuration of a local *stack* that the engine reads."""
        return self.stacks / f"Pulumi.{stack}.yaml"

    def levels(self, environment: str) -> Path:
        """Return the levels of the policies in *environment*."""
        return self.policies / "levels" / f"{environment}.json"
