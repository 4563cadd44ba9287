from boss_perf.stats.suite import split


def test_every_target_gets_an_equal_share():
    assert split(0.01, 50) == 0.0002
    assert split(0.01, 0) == 0.01
