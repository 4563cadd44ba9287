"""What a measured process gets of the environment: nothing that only the tool, or the CI system, should hold."""

import re
from collections.abc import Mapping

PASSED_ON = "BOSS_PERF_PASSED_ON"
"""Names a comma-separated list of variables that are passed on although they look like secrets."""

_HELD_BACK = frozenset({
    "BOSS_PERF_DB", PASSED_ON, "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY",
    "SSH_AUTH_SOCK", "SSH_ASKPASS", "GIT_ASKPASS", "DOCKER_AUTH_CONFIG", "NETRC",
})  # fmt: skip
_SECRET = re.compile(
    r"(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SIGNING_?KEY|_JWT|_AUTH)"
    r"(_ID|_V\d|_FILE|_URL|_REQUEST_URL)?$"
)


def measured_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the tool's and the CI system's own files and without what is named like a secret.

    A change under judgement must neither write the gate's outputs nor carry a key away.
    """
    passed_on = {name.strip() for name in environment.get(PASSED_ON, "").split(",")} - {PASSED_ON}
    return {
        name: text
        for name, text in environment.items()
        if name in passed_on or not (name in _HELD_BACK or _SECRET.search(name.upper()))
    }
