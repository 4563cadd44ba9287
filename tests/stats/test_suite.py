from hypothesis import given
from hypothesis import strategies as st

from boss_perf.stats.suite import holm, split


def test_every_target_gets_an_equal_share():
    assert split(0.01, 50) == 0.0002
    assert split(0.01, 0) == 0.01


def test_holm_steps_down():
    assert holm([0.001, 0.012, 0.2, 0.02], alpha=0.05) == (True, True, False, True)
    assert holm([0.02, 0.02, 0.02], alpha=0.05) == (False, False, False)
    assert holm([], alpha=0.05) == ()


def test_a_p_that_is_no_number_rejects_nothing():
    assert holm([float("nan")], alpha=0.05) == (False,)


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0.001, 0.2))
def test_holm_rejects_all_that_the_equal_share_rejects(p_values, alpha):
    for p, fallen in zip(p_values, holm(p_values, alpha=alpha), strict=True):
        assert fallen or p > alpha / len(p_values)
        assert not (fallen and p > alpha)
