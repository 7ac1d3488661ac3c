"""When an answer counts: whatever is typed, and however it is spaced."""

from hypothesis import given
from hypothesis import strategies as st

from tui.panes.approval.grace import Grace

TYPED = st.lists(
    st.tuples(st.sampled_from(["o", "s", "n", "a", "escape", "enter", "x", "paste"]), st.floats(0.001, 3)), max_size=12
)


def run_until(grace: Grace, now: float) -> None:
    """Let the program run without a pause until then."""
    moment = min(grace.ran, now)
    while moment < now:
        moment = min(moment + 0.3, now)
        grace.runs(moment)


@given(TYPED, st.floats(0, 6))
def test_only_a_key_counts_that_came_when_the_question_was_seen_and_typing_had_paused(
    typed: list[tuple[str, float]], seen_at: float
) -> None:
    grace = Grace(seen_for=0.5, quiet_for=1.0)
    now, last, is_seen = 0.0, float("-inf"), False
    for key, pause in typed:
        now += pause
        if not is_seen and now >= seen_at:
            grace.see(seen_at, is_seen=True)
            is_seen = True
        run_until(grace, now)
        counts = grace.take(key, now)
        if counts:
            assert is_seen
            assert now - seen_at >= 0.5
            assert now - last >= 1.0
        elif is_seen:
            assert now - seen_at < 0.5 or now - last < 1.0
        last = now


@given(TYPED)
def test_a_key_is_judged_by_what_was_before_it_however_late_it_is_acted_on(typed: list[tuple[str, float]]) -> None:
    grace = Grace()
    grace.see(0.0, is_seen=True)
    now, verdicts = 0.0, {}
    for key, pause in typed:
        now += pause
        run_until(grace, now)
        verdicts[key, now] = grace.take(key, now)
    assert {(key, moment): grace.take(key, moment) for key, moment in verdicts} == verdicts


def test_what_is_not_seen_any_more_has_to_be_seen_for_a_while_again() -> None:
    grace = Grace(seen_for=0.5)
    grace.see(0.0, is_seen=True)
    grace.see(10.0, is_seen=False)
    assert not grace.take("o", 11.5)
    grace.see(12.0, is_seen=True)
    assert not grace.take("o", 12.4)
    assert grace.counts_from == 13.4


def test_reading_the_arguments_puts_an_answer_off_for_less_long() -> None:
    grace = Grace(seen_for=0.5, quiet_for=1.0)
    grace.see(0.0, is_seen=True)
    run_until(grace, 1.0)
    grace.take("down", 1.0)
    run_until(grace, 1.5)
    assert grace.take("o", 1.5)


@given(st.lists(st.tuples(st.floats(0.01, 2), st.one_of(st.just(0.0), st.floats(0.01, 3))), max_size=12))
def test_a_program_that_was_held_up_does_not_take_its_own_pause_for_one_in_typing(
    typed: list[tuple[float, float]],
) -> None:
    quiet_for, unnoticed = 1.0, 0.4
    grace = Grace(seen_for=0.5, quiet_for=quiet_for, stalled_after=unnoticed)
    grace.see(0.0, is_seen=True)
    pressed = read = 0.0
    for pause, stall in typed:
        last, pressed = pressed, pressed + pause
        run_until(grace, max(read, pressed))
        read = max(read, pressed) + stall  # from when it was pressed on, the program stood still
        if grace.take("o", read):
            assert pressed - last >= quiet_for - unnoticed
        grace.runs(read)


def test_a_stall_begins_the_waiting_anew() -> None:
    grace = Grace(seen_for=0.5, quiet_for=1.0)
    grace.see(0.0, is_seen=True)
    grace.runs(0.1)
    grace.runs(2.0)
    assert grace.counts_from == 3.0


def test_a_key_behind_another_is_the_latest_and_the_one_before_is_not() -> None:
    grace = Grace()
    grace.take("o", 1.0)
    assert grace.is_latest(1.0)
    grace.take("n", 1.2)
    assert not grace.is_latest(1.0)
    assert grace.is_latest(1.2)
