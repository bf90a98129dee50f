"""The histogram of lengths: adds up, and its percentiles are as close as it says."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from analytics.calc import ERROR, bucket_of, percentile, seconds_of

LENGTHS = st.lists(st.integers(1, 366 * 86400), min_size=1, max_size=200)


@given(st.integers(1, 366 * 86400))
def test_length_lies_within_the_error_of_its_bucket(seconds: int) -> None:
    assert abs(seconds_of(bucket_of(seconds)) - seconds) <= seconds * ERROR * 1.0001


@given(LENGTHS, st.sampled_from([0.5, 0.9, 0.95, 1.0]))
def test_percentile_is_off_by_no_more_than_the_error(lengths: list[int], share: float) -> None:
    exact = sorted(lengths)[max(1, -(-int(share * 1000) * len(lengths) // 1000)) - 1]
    found = percentile(Counter(map(bucket_of, lengths)), share)
    assert found is not None
    assert abs(found - exact) <= exact * ERROR * 1.0001


@given(LENGTHS, LENGTHS)
def test_histograms_of_two_days_add_up_to_that_of_both(one: list[int], other: list[int]) -> None:
    assert Counter(map(bucket_of, one)) + Counter(map(bucket_of, other)) == Counter(map(bucket_of, one + other))


def test_nothing_has_no_percentile() -> None:
    assert percentile({}, 0.5) is None
    assert seconds_of(bucket_of(0)) == 0
