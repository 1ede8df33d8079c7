DEFAULT_DIR = ".local/cloudflare"
"""Where a local Cloudflare lies unless `--dir` says otherwise, below the working directory."""
