"""When an answer counts: whatever is typed, and however it is spaced."""

from hypothesis import given
from hypothesis import strategies as st

from tui.panes.approval.grace import Grace

TYPED = st.lists(
    st.tuples(st.sampled_from(["o", "s", "n", "a", "escape", "enter", "x", "paste"]), st.floats(0.001, 3)), max_size=12
)


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
        verdicts[key, now] = grace.take(key, now)
    assert {(key, moment): grace.take(key, moment) for key, moment in verdicts} == verdicts


def test_what_is_not_seen_any_more_has_to_be_seen_for_a_while_again() -> None:
    grace = Grace(seen_for=0.5)
    grace.see(0.0, is_seen=True)
    grace.see(10.0, is_seen=False)
    assert not grace.take("o", 11.5)
    grace.see(12.0, is_seen=True)
    assert grace.counts_from == 12.5


def test_reading_the_arguments_puts_an_answer_off_for_less_long() -> None:
    grace = Grace(seen_for=0.5, quiet_for=1.0)
    grace.see(0.0, is_seen=True)
    grace.take("down", 1.0)
    assert grace.take("o", 1.5)
