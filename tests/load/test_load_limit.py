from hypothesis import given
from hypothesis import strategies as st

from boss_perf.load.capacity_search import find_limit
from boss_perf.model.targets import LoadProfile


@given(limit=st.integers(0, 5000), start=st.integers(1, 300), ceiling=st.integers(300, 5000))
def test_finds_the_exact_limit_without_asking_twice(limit: int, start: int, ceiling: int) -> None:
    asked: list[int] = []

    def is_met(profile: LoadProfile) -> bool:
        asked.append(profile.users)
        return profile.users <= limit

    found = find_limit(LoadProfile(start, 1.0, 1.0), is_met, max_users=ceiling, resolution_ratio=0)
    assert found.users == min(limit, ceiling)
    assert found.broken_at == (None if limit >= ceiling else limit + 1)
    assert len(asked) == len(set(asked)) <= 30
    assert all(1 <= users <= ceiling for users in asked)


@given(limit=st.integers(1, 100_000))
def test_stops_as_soon_as_the_gap_is_within_the_resolution(limit: int) -> None:
    found = find_limit(LoadProfile(10, 1.0, 1.0), lambda profile: profile.users <= limit, max_users=10**6)
    assert found.users <= limit < found.broken_at
    assert found.broken_at - found.users <= max(1, 0.05 * limit)


def test_the_ramp_lasts_as_long_under_every_load() -> None:
    asked: list[LoadProfile] = []

    def is_met(profile: LoadProfile) -> bool:
        asked.append(profile)
        return profile.users <= 40

    found = find_limit(LoadProfile(10, 5.0, 3.0), is_met, max_users=100)
    assert (found.users, found.broken_at) == (40, 42)  # within five per cent
    assert {profile.users / profile.spawn_rate_per_s for profile in asked} == {2.0}


def test_a_search_that_may_not_go_so_high_begins_at_its_end() -> None:
    assert find_limit(LoadProfile(5, 1.0, 1.0), lambda _: True, max_users=4).users == 4
