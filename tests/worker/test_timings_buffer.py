"""What was timed is kept, as far as there is room."""

from boss_perf.worker.rounds import CAPACITY, Rounds


def test_rounds_are_seconds_of_a_call_in_order() -> None:
    rounds = Rounds()
    rounds.add([2_000_000_000, 3_000_000_000], calls=2)
    rounds.add([500_000_000])
    assert rounds.seconds() == [1.0, 1.5, 0.5]


def test_what_finds_no_room_is_left_out() -> None:
    rounds = Rounds()
    rounds.add(range(1, CAPACITY + 11))
    assert len(rounds.seconds()) == CAPACITY
    assert rounds.seconds()[-1] == CAPACITY / 1e9
