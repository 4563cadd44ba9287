"""Trackers in other languages: what their headings, units and signs say is read as if it were English."""

import pytest

from boss_perf.targets.loader import parse_targets
from boss_perf.tracker_import.importer import import_tracker
from boss_perf.tracker_import.wording import checkable


@pytest.mark.parametrize(
    ("head", "rows", "expected"),
    [
        ("Kennzahl | Ziel | Ist", ["Suche | < 2,5 Sek. | 3,1 Sek.", "Speicher | 20 MB |"],
         ["mean < 2.5 s", "retained_memory < 20 MB"]),
        ("Métrique | Actuel | Objectif", ["Page d'accueil | 2 s | ≤ 800 millisecondes"], ["mean <= 800 ms"]),
        ("Métrica | Objetivo | Unidad", ["Arranque | 3 | segundos", "Memoria | < 1 | GB"],
         ["mean < 3 s", "retained_memory < 1 GB"]),
        ("Метрика | Цель", ["Поиск, p95 | < 200 мс", "Запуск | до 3 секунд"], ["p95 < 200 ms", "mean < 3 s"]),
        ("指标 | 目标 | 实际", ["查询P99延迟 | ＜ 50毫秒 | 80毫秒", "构建 | ≤ 10 分钟 | -"],
         ["p99 < 50 ms", "mean <= 10 min"]),
        ("項目 | 目標値", ["画面遷移 | 500ms以内", "検索（95%ile） | 2秒以内"], ["mean < 500 ms", "p95 < 2 s"]),
        ("Операция | Требование | Средний FPS | 75e percentile | Percentil 95", ["Карта | ≤ 2 с | 20 | 1 с | 3 с"],
         ["mean <= 2 s"]),
        ("Operación | Objetivo Percentil 50 | Objetivo Percentil 95", ["GET | ≤ 50ms | ≤ 100ms"],
         ["p50 <= 50 ms", "p95 <= 100 ms"]),
        ("항목 | 목표", ["검색 | 300밀리초 이하"], ["mean < 300 ms"]),
    ],
)  # fmt: skip
def test_a_table_of_another_language_is_read(head, rows, expected):
    width = head.count("|") + 1
    table = "\n".join([f"| {head} |", "|" + "---|" * width, *(f"| {row} |" for row in rows)])
    tracker = import_tracker(table.encode(), path="tracker.md")
    found = parse_targets(tracker.yaml_text, path="targets.yaml").targets
    assert [expectation.text for target in found for expectation in target.expectations] == expected
    for cell in "|".join(rows).split("|"):
        assert cell.strip() in ("", "-") or cell.strip() in tracker.yaml_text.replace("''", "'")


def test_units_of_other_languages_are_no_parts_of_words():
    assert checkable("5 сервисов") == ()
    assert checkable("200 Dateien") == ()
