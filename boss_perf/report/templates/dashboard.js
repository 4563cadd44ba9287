"use strict";
(() => {
  const numbers = JSON.parse(document.getElementById("numbers").textContent);
  const articles = [...document.querySelectorAll("article[data-target]")];
  const rows = new Map([...document.querySelectorAll("tr[data-target]")].map((row) => [row.dataset.target, row]));
  const buttons = [...document.querySelectorAll("button[data-verdict]")];
  const text = document.getElementById("text");
  const section = document.getElementById("section");
  const drawn = new Map();

  const threeDigits = (value) => Math.abs(value) >= 99.95 ? String(Math.round(value)) : value.toPrecision(3);
  const scales = {
    ns: [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]],
    bytes: [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [1, "B"]],
  };
  const shown = (value, unit) => {
    if (value === null || value === undefined) return "–";
    if (unit === "change") {
      const percent = (value - 1) * 100;
      return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(Math.abs(percent) >= 10 ? 0 : 1)} %`;
    }
    if (unit === "ratio") return `${threeDigits(value * 100)} %`;
    if (value === 0) return "0";
    if (unit === "per_s") return `${threeDigits(value)} /s`;
    const scale = (scales[unit] || []).find(([factor]) => Math.abs(value) >= factor * 0.9995) || (scales[unit] || [[1, ""]]).at(-1);
    return `${threeDigits(value / scale[0])} ${scale[1]}`.trim();
  };
  const day = (at) => new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ");
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const axis = (unit, more = {}) => ({
    stroke: color("--faint"), grid: {stroke: color("--grid")}, ticks: {stroke: color("--grid")}, size: 74,
    values: (_, marks) => marks.map((mark) => mark === null ? "" : shown(mark, unit)), ...more,
  });
  const line = (label, stroke, unit, more = {}) => ({
    label, stroke: color(stroke), width: 2, spanGaps: false, value: (_, value) => shown(value, unit), ...more,
  });
  const room = (values, bound) => {
    const known = values.flat().filter((value) => value !== null);
    let low = Math.min(...known), high = Math.max(...known);
    if (bound !== null && bound !== undefined && bound <= high * 4 && bound >= low / 4) {
      low = Math.min(low, bound); high = Math.max(high, bound);
    }
    const rim = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
    return [low >= 0 ? Math.max(0, low - rim) : low - rim, high + rim];
  };

  const limit = (chart) => chart.bound === null ? []
    : [line("bound", "--bound", chart.unit, {dash: [6, 4], points: {show: false}})];
  const level = (chart, places) => chart.bound === null ? [] : [places.map(() => chart.bound)];

  const drawings = {
    history(chart) {
      const marks = (plot) => {
        const context = plot.ctx;
        context.save();
        context.strokeStyle = color("--bound");
        context.setLineDash([2, 4]);
        for (const [index] of chart.changes) {
          const x = plot.valToPos(chart.at[index], "x", true);
          context.beginPath();
          context.moveTo(x, plot.bbox.top);
          context.lineTo(x, plot.bbox.top + plot.bbox.height);
          context.stroke();
        }
        context.restore();
      };
      return [{
        scales: {y: {range: () => room([chart.value, chart.low, chart.high], chart.bound)}},
        axes: [axis("", {values: undefined, size: 52}), axis(chart.unit)],
        series: [
          {label: "when", value: (_, at) => at === null ? "–" : day(at)},
          line("high", "--second", chart.unit, {width: 0.5, points: {show: false}}),
          line("low", "--second", chart.unit, {width: 0.5, points: {show: false}}),
          line("measured", "--second", chart.unit, {points: {show: chart.at.length < 60, size: 5}}),
          ...limit(chart),
        ],
        bands: [{series: [1, 2], fill: color("--band")}],
        hooks: {draw: [marks]},
      }, [chart.at, chart.high, chart.low, chart.value, ...level(chart, chart.at)]];
    },
    distribution(chart) {
      const tones = chart.arms.length > 1 ? ["--first", "--second", "--ink"] : ["--second"];
      return [{
        scales: {x: {time: false, range: [0, 100]}, y: {range: () => room(chart.arms.map((arm) => arm.value), chart.bound)}},
        axes: [axis("", {values: (_, marks) => marks.map((mark) => `p${mark}`), size: 40}), axis(chart.unit)],
        series: [
          {label: "quantile", value: (_, percent) => percent === null ? "–" : `p${percent}`},
          ...chart.arms.map((arm, index) => line(arm.name, tones[index % tones.length], chart.unit, {points: {show: false}})),
          ...limit(chart),
        ],
      }, [chart.percent, ...chart.arms.map((arm) => arm.value), ...level(chart, chart.percent)]];
    },
    load(chart) {
      return [{
        scales: {x: {time: false}, y: {range: () => [0, room([chart.p95, chart.p50], null)[1]]},
          rate: {range: () => [0, room([chart.throughput], null)[1]]}},
        axes: [axis("", {values: (_, marks) => marks.map((mark) => `${mark} s`), size: 40}), axis("ns"),
          axis("per_s", {scale: "rate", side: 1, grid: {show: false}})],
        series: [
          {label: "second", value: (_, second) => second === null ? "–" : `${second} s`},
          line("p50", "--second", "ns", {points: {show: false}}),
          line("p95", "--first", "ns", {points: {show: false}}),
          line("answered", "--MET", "per_s", {scale: "rate", points: {show: false}}),
          line("failed", "--MISSED", "per_s", {scale: "rate", points: {show: false}}),
        ],
      }, [chart.second, chart.p50, chart.p95, chart.throughput, chart.failed]];
    },
    noise(chart) {
      return [{
        scales: {y: {range: () => [0, Math.max(0.05, room([chart.stalled], null)[1])]}},
        axes: [axis("", {values: undefined, size: 52}), axis("ratio")],
        series: [{label: "when", value: (_, at) => at === null ? "–" : day(at)},
          line("waiting", "--second", "ratio", {paths: () => null, points: {show: true, size: 5}})],
      }, [chart.at, chart.stalled]];
    },
  };

  const tables = {
    history: (chart) => [["when", "measured", "low", "high", "verdict", "change"], chart.at.map((at, index) => {
      const change = chart.changes.find(([place]) => place === index);
      return [day(at), shown(chart.value[index], chart.unit), shown(chart.low[index], chart.unit),
        shown(chart.high[index], chart.unit), chart.verdict[index],
        change ? `from ${shown(change[1], chart.unit)} to ${shown(change[2], chart.unit)}` : ""];
    }).reverse()],
    distribution: (chart) => [["quantile", ...chart.arms.map((arm) => arm.name)],
      chart.percent.map((percent, index) => [`p${percent}`, ...chart.arms.map((arm) => shown(arm.value[index], chart.unit))])],
    load: (chart) => [["second", "answered", "failed", "p50", "p95"], chart.second.map((second, index) => [
      String(second), shown(chart.throughput[index], "per_s"), shown(chart.failed[index], "per_s"),
      shown(chart.p50[index], "ns"), shown(chart.p95[index], "ns")])],
    noise: (chart) => [["when", "waiting"], chart.at.map((at, index) => [day(at), shown(chart.stalled[index], "ratio")])],
  };

  const chartOf = (element, kind) => {
    const article = element.closest("article[data-target]");
    return article ? numbers.targets[article.dataset.target][kind] : numbers[kind];
  };

  const draw = (element) => {
    const [options, columns] = drawings[element.dataset.chart](chartOf(element, element.dataset.chart));
    drawn.get(element)?.destroy();
    drawn.set(element, new uPlot({width: Math.max(240, element.clientWidth), height: 230, ...options}, columns, element));
  };

  const fill = (details) => {
    if (!details.open || details.querySelector("table")) return;
    const [head, body] = tables[details.dataset.table](chartOf(details, details.dataset.table));
    const table = document.createElement("table");
    const add = (row, tag, word) => Object.assign(row.appendChild(document.createElement(tag)), {textContent: word});
    const top = table.createTHead().insertRow();
    for (const word of head) add(top, "th", word).scope = "col";
    const rest = table.createTBody();
    for (const words of body) {
      const row = rest.insertRow();
      words.forEach((word, index) => { const cell = add(row, index ? "td" : "th", word); if (!index) cell.scope = "row"; });
    }
    const frame = document.createElement("div");
    frame.className = "wide";
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", details.querySelector("summary").textContent);
    frame.append(table);
    details.append(frame);
  };

  const filter = () => {
    const verdicts = new Set(buttons.filter((button) => button.ariaPressed === "true").map((button) => button.dataset.verdict));
    const words = text.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const article of articles) {
      const row = rows.get(article.dataset.target);
      const said = [article.dataset.target, article.dataset.section, row.cells[0].textContent, row.lastElementChild.textContent]
        .join(" ").toLocaleLowerCase();
      const fits = (!verdicts.size || verdicts.has(article.dataset.verdict))
        && (!section.value || section.value === article.dataset.section) && words.every((word) => said.includes(word));
      article.hidden = row.hidden = !fits;
      count += fits;
    }
    document.getElementById("shown").textContent = `${count} of ${articles.length} targets shown`;
    document.getElementById("nothing").hidden = count > 0;
  };
  const clear = () => {
    buttons.forEach((button) => { button.ariaPressed = "false"; });
    text.value = section.value = "";
    filter();
  };
  const follow = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { return; }
    const article = id.startsWith("target-") && articles.find((each) => each.id === id);
    if (!article) return;
    if (article.hidden) clear();
    article.scrollIntoView();
    article.querySelector("h3").focus({preventScroll: true});
  };

  buttons.forEach((button) => button.addEventListener("click", () => {
    button.ariaPressed = String(button.ariaPressed !== "true");
    filter();
  }));
  text.addEventListener("input", filter);
  section.addEventListener("change", filter);
  for (const id of ["clear", "clear-too"]) document.getElementById(id).addEventListener("click", () => { clear(); text.focus(); });
  document.querySelectorAll("details[data-table]").forEach((details) => details.addEventListener("toggle", () => fill(details)));

  const seen = new IntersectionObserver((entries) => {
    for (const {isIntersecting, target} of entries) if (isIntersecting && !drawn.has(target)) draw(target);
  }, {rootMargin: "300px"});
  const sized = new ResizeObserver((entries) => {
    for (const {target} of entries) drawn.get(target)?.setSize({width: Math.max(240, target.clientWidth), height: 230});
  });
  document.querySelectorAll("[data-chart]").forEach((element) => { seen.observe(element); sized.observe(element); });

  const theme = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const retheme = () => {
    theme.ariaPressed = String(isDark());
    [...drawn.keys()].forEach(draw);
  };
  theme.hidden = false;
  theme.ariaPressed = String(isDark());
  theme.addEventListener("click", () => { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; retheme(); });
  system.addEventListener("change", retheme);
  addEventListener("hashchange", follow);
  addEventListener("load", () => setTimeout(follow)); // the browser's own jump to the fragment comes before and takes the focus
  document.documentElement.dataset.ready = "yes";
})();
