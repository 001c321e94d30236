"""What the indexers have to look at again, on SQLite and on PostgreSQL."""

from dataclasses import replace

from holdings import save, state, text, withdraw

from metadata.record import Title
from repository.catalogue.outbox import OutboxRow


def targets(catalogue, after):
    return {(row.work, row.page) for row in catalogue.outbox(after, 1000)}


def test_a_new_work_has_a_row_for_itself_and_each_page(catalogue):
    saved = state(pages=3)
    save(catalogue, saved)
    rows = catalogue.outbox(0, 100)
    assert [row.page for row in rows] == [None, *sorted(p.id for p in saved.pages)]
    assert [row.sequence for row in rows] == sorted(row.sequence for row in rows)
    assert catalogue.last_sequence() == rows[-1].sequence
    assert catalogue.outbox(rows[1].sequence, 1) == rows[2:3]


def test_a_changed_text_touches_its_page_and_the_one_before(catalogue):
    saved = state(pages=4)
    save(catalogue, saved)
    last = catalogue.last_sequence()
    _, b, c, _ = saved.pages
    save(catalogue, replace(saved, texts=(text(c, "打狗港"),)))
    assert targets(catalogue, last) == {(c.work, None), (c.work, b.id), (c.work, c.id)}


def test_a_changed_description_touches_every_page(catalogue):
    saved = state(pages=3)
    save(catalogue, saved)
    last = catalogue.last_sequence()
    retitled = replace(saved.work.record, titles=(Title("高雄築港史"),))
    save(catalogue, replace(saved, work=replace(saved.work, record=retitled), texts=()))
    assert len(targets(catalogue, last)) == 4
    last = catalogue.last_sequence()
    withdraw(catalogue, saved.work.id)
    assert len(targets(catalogue, last)) == 4


def test_a_page_that_is_gone_is_a_target_too(catalogue):
    saved = state(pages=3)
    save(catalogue, saved)
    last = catalogue.last_sequence()
    a, b, c = saved.pages
    save(catalogue, replace(saved, pages=(a, b), texts=()))
    rows = catalogue.outbox(last, 100)
    assert {row.page for row in rows} == {None, b.id, c.id}
    found = {i.page_id: i for i in catalogue.indexed(rows)}
    assert found[c.id].page is None
    assert found[c.id].text is None
    assert found[c.id].work is not None
    assert found[b.id].next_text is None


def test_indexed_gives_the_present_state_and_its_sequence(catalogue):
    saved = state(pages=2)
    save(catalogue, saved)
    a = saved.pages[0]
    (row,) = [r for r in catalogue.outbox(0, 100) if r.page == a.id]
    save(catalogue, replace(saved, texts=(text(a, "打狗"),)))
    (found,) = catalogue.indexed([row, row])
    assert found.sequence > row.sequence
    assert found.page == a
    assert found.text.text == "打狗"
    assert found.next_text == saved.texts[1]
    assert found.work == catalogue.get_works([a.work])[a.work]
    nobody = catalogue.indexed([OutboxRow(1, "zzzzzzzzzz", None)])
    assert nobody[0].work is None


def test_the_outbox_never_outgrows_the_holdings(catalogue):
    for round_ in range(4):
        saved = state(pages=3)
        save(catalogue, replace(saved, texts=tuple(text(p, f"港{round_}") for p in saved.pages)))
    assert len(catalogue.outbox(0, 1000)) == 4


def test_everything_is_read_in_bounded_pieces(catalogue):
    save(catalogue, *[state(f"W{i}", pages=i % 3) for i in range(6)])
    save(catalogue, state("BIG1", pages=900), state("BIG2", pages=900))
    seen, after, largest = [], None, 0
    while found := catalogue.everything(after, 100):
        seen += found
        largest = max(largest, len(found))
        after = found[-1].work_id
    assert largest < 1100
    assert len({(i.work_id, i.page_id) for i in seen}) == len(seen) == 8 + 6 + 1800
    works = [i.work_id for i in seen if i.page_id is None]
    assert works == sorted(works)
    assert all(i.sequence > 0 and i.work is not None for i in seen)
    assert sum(i.next_text is not None for i in seen) == 2 * 1 + 2 * 899


def test_cursors_are_kept_by_index(catalogue):
    catalogue.set_cursor("pages-1", 5)
    catalogue.set_cursor("pages-1", 7)
    catalogue.set_cursor("pages-2", 1)
    assert catalogue.cursors() == {"pages-1": 7, "pages-2": 1}
    catalogue.set_cursor("pages-1", None)
    assert catalogue.cursors() == {"pages-2": 1}
