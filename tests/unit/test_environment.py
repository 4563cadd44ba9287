"""What a measured process gets of the environment."""

import pytest

from boss_perf.model.environment import PASSED_ON, measured_environment


@pytest.mark.parametrize(
    "name",
    [
        "BOSS_PERF_DB", "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY",
        "GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "CI_JOB_TOKEN", "CI_JOB_JWT_V2",
        "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "CLIENT_SECRET", "PGPASSWORD", "TWINE_PASSWORD", "SSH_AUTH_SOCK",
        "GOOGLE_APPLICATION_CREDENTIALS", "OPENAI_API_KEY", "npm_config_token",
    ],
)  # fmt: skip
def test_what_is_named_like_a_secret_is_held_back_unless_it_is_asked_for(name: str) -> None:
    given = {name: "x", "HOME": "/h"}
    assert measured_environment(given) == {"HOME": "/h"}
    assert measured_environment({**given, PASSED_ON: f"OTHER, {name}"}) == given


def test_what_a_suite_needs_stays() -> None:
    needed = dict.fromkeys(
        [
            "PATH",
            "PWD",
            "TOKENIZERS_PARALLELISM",
            "CI",
            "GITHUB_ACTIONS",
            "GITHUB_BASE_REF",
            "DATABASE_URL",
            "KEYBOARD",
        ],
        "x",
    )
    assert measured_environment(needed) == needed
