"""The page of all jobs, and the events of one, in a browser."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from labs import profile, worst_contrast
from playwright.sync_api import expect
from servers import serving
from waiting import until
from wires import Wire

FOLLOW = """path => new Promise((resolve, reject) => {
  const seen = window.seen = [];
  const source = new EventSource(path);
  const take = event => seen.push([event.type, event.lastEventId, JSON.parse(event.data)]);
  source.addEventListener('progress', take);
  source.addEventListener('complete', event => { take(event); source.close(); resolve(seen); });
  source.addEventListener('error', event => { if (event.data) { source.close(); reject(event.data); } });
})"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture
def page(chromium, server):
    # Axe runs as a script of the page, which the page's own policy does not allow; another test is of that.
    with profile(chromium, viewport={"width": 1366, "height": 768}, bypass_csp=True) as context:
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda said: page.errors.append(said.text) if said.type == "error" else None)
        page.goto(f"http://127.0.0.1:{server.port}/base/importer/?token={server.token}")
        expect(page.locator("#connection")).to_have_text("Live")
        yield page


def card(page, job):
    return page.locator(f"li[data-job='{job['job_id']}']")


def test_a_browser_follows_an_import_by_its_events(page, server):
    _, job = server.submit(server.file(200), chunk_rows=20, pace="0.1s")
    seen = page.evaluate(FOLLOW, f"api/jobs/{job['job_id']}/events")
    assert [kind for kind, _, _ in seen] == ["progress"] * (len(seen) - 1) + ["complete"]
    assert len({event_id for _, event_id, _ in seen}) == len(seen) > 2
    assert seen[-1][2]["created"] == 200


def test_a_browser_follows_an_import_to_its_end_through_dropped_connections(page, server):
    _, job = server.submit(server.file(300), chunk_rows=5, pace="0.1s")
    with Wire(server.port) as wire:
        # This part of the page follows nothing by itself.
        page.goto(f"http://127.0.0.1:{wire.port}/base/importer/page.css?token={server.token}")
        page.evaluate(f"path => {{ window.followed = ({FOLLOW})(path) }}", f"api/jobs/{job['job_id']}/events")
        for n in (1, 2):
            until(lambda n=n: len(wire.requests) == n)
            page.wait_for_function("n => window.seen?.length > 3 * n", arg=n)
            wire.cut()
        seen = page.evaluate("window.followed")
    assert len(wire.requests) == 3
    assert all("Last-Event-ID: " in request for request in wire.requests[1:])
    ids = [event_id for _, event_id, _ in seen]
    assert [seen[-1][0], seen[-1][2]["created"], seen[-1][2]["state"]] == ["complete", 300, "succeeded"]
    assert len(set(ids)) == len(ids)
    completed = [job["completed"] for _, _, job in seen]
    assert completed == sorted(completed)


def test_the_page_asks_where_no_event_comes_through(page, server):
    page.route("**/events", lambda route: route.abort())
    _, job = server.submit(server.file(200), chunk_rows=5, pace="0.1s")
    shown = card(page, job)
    expect(shown.locator(".figures")).to_contain_text(re.compile(r"^[1-9]\d?% · "))
    expect(shown.locator(".state")).to_have_text("done")
    expect(page.locator("#connection")).to_have_text("Live")


def test_the_page_shows_an_import_live_and_steers_it(page, server, shots):
    _, job = server.submit(server.file(400, bad=3), chunk_rows=5, pace="0.1s", types={"qty": "Int64"})
    shown = card(page, job)
    shown.get_by_role("button", name="Pause").click()
    expect(shown.locator(".state")).to_have_text("paused")
    page.screenshot(path=shots / "server_light.png")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=shots / "server_phone_dark.png")
    shown.get_by_role("button", name="Resume").click()
    expect(shown.locator(".state")).to_have_text("importing")
    shown.get_by_role("button", name="Cancel").click()
    expect(shown.locator(".state")).to_have_text("cancelled")
    expect(shown.get_by_role("link", name="CSV")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert worst_contrast(page.locator("h1, h2, li p:visible, .state, button:visible, .actions a")) >= 4.5
    shown.get_by_role("button", name="Resume").click()
    expect(shown.locator(".state")).to_have_text("done")
    expect(shown.locator(".figures")).to_contain_text("397 created")
    assert page.errors == []


def test_an_import_is_undone_with_two_clicks(page, server):
    job = server.finished(server.file())
    shown = card(page, job)
    shown.get_by_role("button", name="Undo…").click()
    shown.get_by_role("button", name="take its rows back out").click()
    expect(shown.get_by_role("button")).to_have_count(0)
    undo = next(one for one in server.ask("GET", "api/jobs")[1]["jobs"] if one["undoes"] == job["job_id"])
    expect(card(page, undo).locator(".state")).to_have_text("undone")


def test_the_page_runs_under_its_own_policy(chromium, server):
    with profile(chromium) as context:
        page, errors = context.new_page(), []
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(f"http://127.0.0.1:{server.port}/base/importer/?token={server.token}")
        drop(page, ("strict.csv", "id\n1\n"))
        expect(page.locator("#jobs li", has_text="strict.csv").locator(".state")).to_have_text("done")
        assert errors == []


def test_the_page_connects_again_by_itself(page, server):
    page.context.set_offline(offline=True)
    expect(page.locator("#connection")).to_contain_text("No connection")
    job = server.finished(server.file())
    page.context.set_offline(offline=False)
    expect(page.locator("#connection")).to_have_text("Live")
    expect(card(page, job).locator(".state")).to_have_text("done")


def test_names_of_files_are_shown_as_text(page, server):
    file = server.root / "<img src=x onerror=document.title='broken'>.csv"
    file.write_text("id\n1\n")
    job = server.finished(file.name, table="odd")
    expect(card(page, job).locator("h2")).to_contain_text("<img src=x")
    assert page.locator("li img").count() == 0
    assert page.title() == "Imports"


def drop(page, *files):
    """Drop files on the page, as the mouse does."""
    data = [[name, text] for name, text in files]
    held = page.evaluate_handle(
        """files => {
          const held = new DataTransfer();
          for (const [name, text] of files) held.items.add(new File([text], name));
          return held;
        }""",
        data,
    )
    for kind in ("dragenter", "dragover", "drop"):
        page.dispatch_event("#drop", kind, {"dataTransfer": held})


def test_files_that_are_dropped_are_imported(page, server):
    page.get_by_label("Database").fill("dropped.db")
    page.get_by_label("Key columns").fill("id")
    drop(page, ("first <b>.csv", "id,qty\n1,5\n2,7\n"), ("second.csv", "id,qty\n3,x\n4,9\n5,1\n"))
    for name, created in (("first <b>.csv", "2 created"), ("second.csv", "3 created")):
        shown = page.locator("#jobs li", has_text=name)
        expect(shown.locator(".state")).to_have_text("done")
        expect(shown.locator(".figures")).to_contain_text(created)
    expect(page.locator("#uploads li")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Database")).to_have_value("dropped.db")


def test_a_file_that_is_refused_stays_until_it_is_sent_again_or_removed(page, server):
    page.get_by_label("Database").fill("../elsewhere.db")
    drop(page, ("orders.csv", "id\n1\n"), ("other.csv", "id\n2\n"))
    sent = page.locator("#uploads li", has_text="orders.csv")
    expect(sent.get_by_role("alert")).to_contain_text("into must be relative to the server's root")
    expect(sent.locator(".state")).to_have_text("not imported")
    page.get_by_label("Database").fill("again.db")
    sent.get_by_role("button", name="Send again").click()
    expect(page.locator("#jobs li", has_text="orders.csv").locator(".state").first).to_have_text("done")
    other = page.locator("#uploads li", has_text="other.csv")
    expect(other.get_by_role("alert")).to_be_visible()
    other.get_by_role("button", name="Remove").click()
    expect(page.locator("#uploads li")).to_have_count(0)


def test_a_folder_that_is_dropped_is_told(page, tmp_path):
    (tmp_path / "exports").mkdir()
    box = page.locator("#drop").bounding_box()
    given = {"items": [], "files": [str(tmp_path / "exports")], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": box["x"] + 9, "y": box["y"] + 9, "data": given})
    expect(page.locator("#uploads li").get_by_role("alert")).to_have_text("This is a folder. Drop the files in it")


def test_an_upload_is_cancelled(page, server):
    before = server.count()
    held = []

    def hold(route):
        held.append(route)

    page.route("**/api/jobs", hold)
    page.locator("#files").set_input_files([{"name": "big.csv", "mimeType": "text/csv", "buffer": b"id\n1\n"}])
    sent = page.locator("#uploads li")
    sent.get_by_role("button", name="Cancel").click()
    expect(sent).to_have_count(0)
    assert server.count() == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_the_page_also_on_a_phone(page, server, shots, scheme):
    server.finished(server.file(30, bad=2), types={"qty": "Int64"})
    page.get_by_label("Database").fill("../elsewhere.db")
    drop(page, ("orders.csv", "id\n1\n"))
    expect(page.locator("#uploads").get_by_role("alert")).to_be_visible()
    page.emulate_media(color_scheme=scheme)
    for width, height in ((1366, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=shots / f"jobs-{width}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        broken = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in broken] == []
    sizes = page.locator("button:visible, .actions a, input:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(box => Math.min(box.width, box.height))"
    )
    assert min(sizes) >= 44
