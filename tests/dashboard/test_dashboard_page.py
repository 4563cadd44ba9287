import os
import re
from dataclasses import replace

import pytest
from builders import explanation
from dashboard_examples import HOSTILE, empty_dashboard, hostile_dashboard, team_dashboard
from playwright.sync_api import expect

from boss_perf.report.glance import glance_of

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


RUNS = 60


@pytest.fixture(scope="module")
def team():
    return team_dashboard(50, RUNS)


@pytest.fixture(scope="module")
def few():
    """Every section and every verdict once or twice, for what looks at each element of the page."""
    return team_dashboard(16, 20)


def shown(page) -> list[str]:
    return page.eval_on_selector_all(
        "article", "all => all.filter((each) => !each.hidden).map((each) => each.dataset.target)"
    )


def test_it_opens_offline_without_a_complaint_or_a_request(visit, team) -> None:
    opened = visit(team, offline=True)
    page = opened.go()
    assert page.locator("h1").inner_text() == "BOSS: performance"
    assert len(shown(page)) == 50
    counts = page.locator("button[data-verdict] b").all_inner_texts()
    assert sum(map(int, counts)) == 50 and counts[0] == "22"
    page.click("[data-fold=open]")
    for element in page.locator("article").all()[:10]:
        element.scroll_into_view_if_needed()
    page.locator(".chart canvas").nth(8).wait_for()
    assert opened.is_clean()


def test_filters_by_verdict_section_and_words(visit, team) -> None:
    opened = visit(team)
    page = opened.go()
    page.click("button[data-verdict=MISSED]")
    missed = shown(page)
    assert len(missed) == 5
    assert page.inner_text("#shown") == "5 of 50 targets shown"
    page.click("button[data-verdict=FAILED]")
    assert len(shown(page)) == 9
    page.select_option("#section", "caches")
    assert all(name.startswith("embeddings") for name in shown(page))
    page.click("#clear")
    page.fill("#text", "SEARCH search-1")
    assert shown(page) == ["vector-search-10", "vector-search-15"]
    rows = page.locator(".stack tbody tr[data-target]:visible").count()
    assert rows == 2
    page.fill("#text", "no such thing")
    assert page.is_visible("#nothing")
    page.click("#clear-too")
    assert len(shown(page)) == 50
    assert opened.is_clean()


def test_a_link_leads_to_its_target_even_through_a_filter(visit, team) -> None:
    opened = visit(team)
    page = opened.go()
    page.click("tr[data-target=response-caching-41] a")
    expect(page.locator(":focus")).to_have_text("Response Caching 41")
    assert page.evaluate("location.hash") == "#target-response-caching-41"
    assert page.locator("#target-response-caching-41").bounding_box()["y"] < 400
    page.click("#clear")
    page.fill("#text", "embeddings")
    # The page may write its state into the address before it hears of the new one.
    page.evaluate("location.hash = '#target-vector-search-20'; history.replaceState(null, '', '#search=embeddings')")
    expect(page.locator(":focus")).to_have_text("Vector Search 20")
    assert len(shown(page)) == 50
    assert opened.is_clean()


@pytest.mark.slow
def test_a_link_from_outside_opens_at_its_target_with_its_charts(visit, team) -> None:
    opened = visit(team)
    page = opened.go("#target-service-under-load-9")
    charts = page.locator("#target-service-under-load-9 .chart canvas")
    expect(charts).to_have_count(3)
    assert all(box["width"] > 200 for box in (chart.bounding_box() for chart in charts.all()))
    expect(page.locator(":focus")).to_have_text("Service under load 9")
    opened.go("#target-of-nobody")
    opened.go("#%E0%A4%A")
    assert opened.is_clean()


@pytest.mark.slow
def test_every_chart_has_a_table_with_its_numbers(visit, team) -> None:
    opened = visit(team)
    page = opened.go("#target-vector-search-0")
    article = page.locator("#target-vector-search-0")
    article.get_by_text("History as a table").click()
    rows = article.locator("details[data-table=history] tbody tr")
    expect(rows).to_have_count(RUNS)
    assert re.fullmatch(
        r"2026-11-20 12:00\tc0ffee0\t\d\.\d\d ms\t\d\.\d\d ms\t\d\.\d\d ms\tMET\t", rows.first.inner_text()
    )
    (changed,) = [text for text in rows.all_inner_texts() if "from" in text]
    assert re.search(r"from (3\.9|4\.0)\d ms to (4\.9|5\.0)\d ms", changed)
    article.get_by_text("Distribution as a table").click()
    page.wait_for_selector("#target-vector-search-0 details[data-table=distribution] tbody tr")
    head = article.locator("details[data-table=distribution] thead").inner_text()
    assert head.split() == ["quantile", "baseline", "optimized"]
    load = page.locator("#target-service-under-load-9")
    load.locator("summary").first.click()
    load.get_by_text("Load run as a table").click()
    load.locator("details[data-table=load] tbody tr").first.wait_for(state="attached")
    assert load.locator("details[data-table=load] tbody tr").count() == 60
    page.get_by_text("Noise as a table").click()
    page.locator("details[data-table=noise] tbody tr").first.wait_for(state="attached")
    assert page.locator("details[data-table=noise] tbody tr").count() > 5
    for chart in page.locator("[data-chart]").all():
        assert chart.get_attribute("role") == "img" and chart.get_attribute("aria-label")
    assert opened.is_clean()


def test_by_keyboard_alone(visit, team) -> None:
    opened = visit(team)
    page = opened.go()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the targets"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "theme"
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("button[data-verdict=MISSED]").get_attribute("aria-pressed") == "true"
    assert len(shown(page)) == 5
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.focus("article:not([hidden]) details.card > summary")
    page.keyboard.press("Enter")
    page.focus("article:not([hidden]) details[data-table] summary")
    page.keyboard.press("Enter")
    page.wait_for_selector("article:not([hidden]) details[open] table")
    assert opened.is_clean()


@pytest.mark.slow
def test_a_screen_reader_hears_names_for_everything(visit, team) -> None:
    page = visit(team).go()
    unnamed = page.evaluate("""[...document.querySelectorAll("button, input, select, a[href], [role=region], article")]
        .filter((each) => !(each.getAttribute("aria-label") || each.getAttribute("aria-labelledby")
            || each.labels?.length || each.textContent.trim())).length""")
    assert unnamed == 0
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("main").count() == page.locator("h1").count() == 1
    assert page.get_by_role("region", name="All targets").count() == 1
    assert page.get_by_role("status").inner_text() == "50 of 50 targets shown"
    ids = page.eval_on_selector_all("[id]", "all => all.map((each) => each.id)")
    assert len(ids) == len(set(ids))


CONTRAST = """() => {
  const channel = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map((each) => channel(each / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (each) => {
    for (let up = each; up; up = up.parentElement) {
      const color = getComputedStyle(up).backgroundColor;
      if (color !== "rgba(0, 0, 0, 0)") return color;
    }
  };
  const texts = [...document.querySelectorAll("p, td, th, a, button, b, .verdict, dt, dd, figcaption")];
  return Math.min(...texts.map((each) => {
    const [a, b] = [light(getComputedStyle(each).color), light(ground(each))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  }));
}"""


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_both_schemes_are_readable_and_the_button_changes_them(visit, few, scheme: str) -> None:
    opened = visit(few, color_scheme=scheme)
    page = opened.go("#target-vector-search-0")
    assert page.evaluate(CONTRAST) >= 4.5
    paper = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(paper)
    assert (before == "rgb(246, 248, 250)") is (scheme == "light")
    page.click("#theme")
    assert page.evaluate(paper) != before
    assert page.evaluate(CONTRAST) >= 4.5
    assert page.inner_text("#theme") == ("Light" if scheme == "light" else "Dark")
    assert opened.is_clean()


def test_on_a_phone_nothing_is_wider_than_the_screen(visit, few) -> None:
    opened = visit(few, **PHONE)
    for fragment in ("", "#target-service-under-load-9", "#target-response-caching-1"):
        page = opened.go(fragment)
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert opened.go().locator(".glance .limit").bounding_box()["x"] < 360
    small = page.evaluate("""[...document.querySelectorAll("button, input, select")]
        .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 36).length""")
    assert small == 0
    assert opened.is_clean()


def test_hostile_texts_stay_texts(visit) -> None:
    opened = visit(hostile_dashboard())
    page = opened.go()
    page.locator("article summary").first.click()
    page.wait_for_selector(".chart canvas")
    page.locator("details[data-table=distribution] summary").click()
    assert page.evaluate("document.querySelectorAll('script').length") == 4
    assert page.evaluate("document.querySelectorAll('img, svg:not(.glance), [onerror], [onload]').length") == 0
    assert page.title() != "owned"
    assert "49" not in page.locator("h1").inner_text() and "{{ 7 * 7 }}" in page.locator("h1").inner_text()
    page.locator(".stack tbody a").first.click()
    page.locator("h3:focus").wait_for()
    assert page.locator("details[data-table=distribution] th").nth(1).inner_text().startswith(HOSTILE[:20])
    assert opened.is_clean()


def test_the_policy_of_the_page_stops_a_script_that_slipped_in(visit, few) -> None:
    opened = visit(few)
    text = opened.path.read_text("utf-8").replace("<main>", "<main><script>document.title = 'owned'</script>")
    opened.path.write_text(text, "utf-8")
    page = opened.go()
    assert page.title() == "BOSS: performance"
    page.evaluate("fetch('https://example.org/').catch(() => 0)")
    assert any("Content Security Policy" in complaint for complaint in opened.complaints)


def test_an_empty_project_has_a_dashboard_too(visit) -> None:
    opened = visit(empty_dashboard())
    page = opened.go()
    assert "0 targets" in page.locator("header.top").inner_text()
    assert "Nothing was measured yet." in page.inner_text("main")
    assert opened.is_clean()


def test_without_scripts_every_verdict_and_number_is_there(visit, team) -> None:
    opened = visit(team, java_script_enabled=False)
    opened.page.goto(opened.path.as_uri())
    assert opened.page.locator("article").count() == 50
    assert "Without scripts" in opened.page.inner_text("main")
    assert opened.page.locator("article .verdict").first.is_visible()
    assert opened.page.locator("svg.glance circle").first.is_visible()


def test_the_first_screen_holds_the_counters_and_the_picture_of_all_promises(visit, team) -> None:
    opened = visit(team)
    page = opened.go()
    assert page.locator("svg.glance").bounding_box()["y"] < 500
    assert page.locator("svg.glance circle").count() == len([j for j in team.judgements if glance_of([j]).dots])
    assert page.evaluate("document.documentElement.scrollHeight") < 10_000
    page.locator("a[data-dot=response-caching-1]").click()
    expect(page.locator("#target-response-caching-1 details.card")).to_have_attribute("open", "")
    assert opened.is_clean()


@pytest.mark.slow
def test_headings_sort_and_the_address_keeps_what_is_shown(visit, team) -> None:
    opened = visit(team)
    page = opened.go()
    names = "all => all.map((each) => each.dataset.target)"
    page.click("th:has-text('Of limit') button")
    page.click("th:has-text('Of limit') button")
    assert page.locator("th[aria-sort=descending]").inner_text().strip() == "Of limit"
    shares = page.eval_on_selector_all(
        "#all tbody tr", "all => all.map((each) => each.cells[4].dataset.sort).filter(Boolean).map(Number)"
    )
    assert shares == sorted(shares, reverse=True) and len(shares) > 20
    page.click("button[data-verdict=MET]")
    page.fill("#text", "ada")
    order = page.eval_on_selector_all("#all tbody tr:not([hidden])", names)
    fragment = page.evaluate("location.hash")
    again = visit(team).go(fragment)
    assert again.eval_on_selector_all("#all tbody tr:not([hidden])", names) == order != []
    assert again.input_value("#text") == "ada"
    assert opened.is_clean()


@pytest.mark.slow
def test_two_runs_side_by_side_and_commits_with_their_pages(visit, team) -> None:
    opened = visit(team)
    page = opened.go()
    page.select_option("#from", "0")
    page.locator("#compared summary").click()
    rows = page.locator("#compared tbody tr")
    assert re.search(r"\+2\d %", rows.first.inner_text())  # the planted step of a quarter comes first
    page.select_option("#to", "45")
    again = visit(team).go(page.evaluate("location.hash"))
    expect(again.locator("#compared tbody tr")).to_have_text(rows.all_inner_texts(), use_inner_text=True)
    assert [again.input_value(side) for side in ("#from", "#to")] == ["0", "45"]
    again.locator("#compared tbody a").first.click()
    again.go_back()
    expect(again.locator("#compared")).to_have_attribute("open", "")
    page.evaluate("location.hash = '#target-vector-search-0'")
    page.locator("#target-vector-search-0").get_by_text("History as a table").click()
    link = page.locator("#target-vector-search-0 details[data-table=history] tbody a").first
    assert link.get_attribute("href") == "https://github.com/acme/boss/commit/c0ffee0"
    assert link.get_attribute("title") == "Search is faster"
    assert opened.is_clean()


@pytest.mark.slow
def test_one_run_is_a_figure_and_no_chart_of_time(visit) -> None:
    opened = visit(team_dashboard(12, 1))
    page = opened.go()
    page.click("[data-fold=open]")
    assert page.locator("[data-chart=history]").count() == page.locator("#compare").count() == 0
    assert "the next one shows what changed" in page.inner_text("main")
    assert opened.is_clean()


@pytest.mark.slow
def test_many_targets_with_two_hundred_runs_open(visit) -> None:
    opened = visit(team_dashboard(110, 200))
    assert len(shown(opened.go())) == 110
    assert opened.path.stat().st_size < 2_000_000


@pytest.mark.slow
def test_the_flame_graph_of_an_explanation_is_searched_and_looked_into(visit, few) -> None:
    chosen = {"vector-search-0": explanation("t.py::t")}
    opened = visit(replace(few, explanations=(chosen, {})))
    page = opened.go("#target-vector-search-0")
    assert page.locator(".flame").count() == 1
    frame = {name: page.locator(".frame", has_text=name) for name in ("root", "scan", "old", "new")}
    assert "only in base" in frame["old"].get_attribute("title") and "only in head" in frame["new"].get_attribute(
        "title"
    )
    expect(page.locator("#target-vector-search-0")).to_contain_text("baseline → optimized")
    expect(page.locator("#target-vector-search-0")).to_contain_text("shop.scan: 400 → 1 calls")
    before = frame["scan"].bounding_box()["width"]
    frame["scan"].click()
    assert frame["scan"].bounding_box()["width"] > 1.5 * before and not frame["new"].is_visible()
    page.locator(".flame .all").click()
    assert frame["scan"].bounding_box()["width"] == pytest.approx(before, abs=1) and frame["new"].is_visible()
    page.locator(".flame input").fill("new")
    assert "dim" in frame["scan"].get_attribute("class") and "dim" not in frame["new"].get_attribute("class")
    assert opened.is_clean()


@pytest.mark.parametrize("options", [{}, pytest.param(PHONE, marks=pytest.mark.slow)], ids=["desktop", "phone"])
def test_axe_finds_nothing_in_light_and_dark(visit, few, options) -> None:
    if not os.environ.get("CI"):
        pytest.importorskip("axe_playwright_python", reason="no axe: pip install axe-playwright-python")
    from axe_playwright_python.sync_playwright import Axe

    page = visit(replace(few, explanations=({"vector-search-0": explanation("t.py::t")}, {})), **options).go()
    page.locator("#compared summary").click()
    page.evaluate("location.hash = '#target-vector-search-0'")
    page.locator("#target-vector-search-0").get_by_text("History as a table").click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found] == []
