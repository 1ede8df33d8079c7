"""Look-alike of GitHub's REST API for one repository, as far as jobs of its Actions ask it."""
