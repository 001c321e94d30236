"""Ids of collections, and the sets of a Record."""

from holdings import record
from hypothesis import given
from hypothesis import strategies as st

from metadata.record import Place
from repository.collection import collection_id, set_specs


@given(st.lists(st.text(), unique=True, max_size=20))
def test_every_name_has_its_own_ascii_id(names):
    made = [collection_id(name) for name in names]
    assert len(set(made)) == len(names)
    assert all(one.isascii() and one.isalnum() for one in made)


def test_an_id_never_changes():
    assert collection_id("高雄港") == "b5nng3jcbx"


def test_a_record_is_in_each_of_its_sets_once():
    places = (Place("鹽埕", district="64000020"), Place("哈瑪星"), Place("x", district="64000020"))
    described = record(material="map", collections=("高雄港", "高雄港"), places=places)
    assert set_specs(described) == ("type:map", "collection:b5nng3jcbx", "district:64000020")
