"""Every record says how it runs on a GPU: by a program, as its plain form, on the host, or never, and why."""

from ravine import _core


def test_every_record_is_on_the_gpu_or_says_why_not():
    records = [r for r in _core.registry_table() if r["op"]]
    assert records
    for record in records:
        kind, _, why = record["gpu"].partition(": ")
        assert kind in ("expression", "program", "view", "plain", "host", "never"), record["op"]
        assert (kind == "never") == (len(why) > 20), record["op"]
        assert kind != "plain" or record["plain"], record["op"]
