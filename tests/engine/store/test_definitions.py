"""The cache of documents is bounded by bytes, and never hands one tenant's to another."""

from engine.store.definitions import DefinitionCache


def test_the_least_recently_used_goes_first() -> None:
    cache = DefinitionCache(max_bytes=30)
    for name in ("a", "b", "c"):
        cache.put("t", name, name.encode() * 10)
    assert cache.get("t", "a") is not None
    cache.put("t", "d", b"d" * 10)
    assert [name for name in "abcd" if cache.get("t", name)] == ["a", "c", "d"]


def test_one_that_is_larger_than_the_cache_is_not_kept() -> None:
    cache = DefinitionCache(max_bytes=30)
    cache.put("t", "small", b"x")
    cache.put("t", "large", b"x" * 31)
    assert (cache.get("t", "small"), cache.get("t", "large")) == (b"x", None)


def test_putting_one_twice_counts_it_once() -> None:
    cache = DefinitionCache(max_bytes=30)
    for _ in range(10):
        cache.put("t", "a", b"x" * 10)
    cache.put("t", "b", b"x" * 10)
    assert cache.get("t", "a") is not None


def test_a_key_is_tenant_and_hash() -> None:
    cache = DefinitionCache()
    cache.put("t1", "a", b"1")
    cache.put("t", "1a", b"2")
    assert (cache.get("t1", "a"), cache.get("t", "1a"), cache.get("t", "a")) == (b"1", b"2", None)
