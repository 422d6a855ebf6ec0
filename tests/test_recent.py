"""What was worked out lately is remembered, and no more than that."""

from concurrent.futures import ThreadPoolExecutor

from ingest.recent import Recent


def test_what_was_asked_for_longest_ago_is_forgotten() -> None:
    recent: Recent[str, int] = Recent(3)
    recent.keep({"a": 1, "b": 2, "c": 3})
    assert recent.known(["a", "x"]) == {"a": 1}
    recent.keep({"d": 4})
    assert recent.known(["a", "b", "c", "d"]) == {"a": 1, "c": 3, "d": 4}
    recent.keep({"c": 30})
    recent.keep({"e": 5})
    assert recent.known("abcde") == {"c": 30, "d": 4, "e": 5}


def test_many_threads_may_use_it() -> None:
    recent: Recent[int, int] = Recent(50)

    def use(first: int) -> bool:
        for number in range(first, first + 200):
            recent.keep({number: number})
            if any(key != value for key, value in recent.known(range(number)).items()):
                return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(use, range(0, 1600, 200)))
    assert len(recent.known(range(2000))) == 50
