"use strict";
(() => {
  const numbers = JSON.parse(document.getElementById("numbers").textContent);
  const articles = [...document.querySelectorAll("article[data-target]")];
  const rows = new Map([...document.querySelectorAll("tr[data-target]")].map((row) => [row.dataset.target, row]));
  const dots = new Map([...document.querySelectorAll("a[data-dot]")].map((dot) => [dot.dataset.dot, dot]));
  const heads = [...document.querySelectorAll("th[data-column]")];
  const body = document.querySelector("#all tbody");
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
  const runs = numbers.runs.map(([at, commit, subject]) => ({at, commit, subject}));
  const told = (place) => { const run = runs[place]; return run ? `${day(run.at)} ${run.commit} ${run.subject}`.trim() : ""; };
  const short = (place) => { const run = runs[place]; return run ? run.commit || day(run.at).slice(5, 10) : ""; };
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const axis = (unit, more = {}) => ({
    stroke: color("--faint"), grid: {stroke: color("--grid")}, ticks: {stroke: color("--grid")}, size: 74,
    values: (_, marks) => marks.map((mark) => mark === null ? "" : shown(mark, unit)), ...more,
  });
  const line = (label, stroke, unit, more = {}) => ({
    label, stroke: color(stroke), width: 2, spanGaps: false, value: (_, value) => shown(value, unit), ...more,
  });
  // The bound is always in sight: on a logarithmic scale where a plain one would press the figures flat.
  const isFar = (values, bound) => {
    const known = values.flat().filter((value) => value !== null);
    return bound > 0 && Math.min(...known) > 0 && (bound > Math.max(...known) * 4 || bound < Math.min(...known) / 4);
  };
  const room = (values, bound) => {
    const known = values.flat().filter((value) => value !== null);
    if (bound !== null && bound !== undefined) known.push(bound);
    const low = Math.min(...known), high = Math.max(...known);
    if (isFar(values, bound)) return [low / 1.5, high * 1.5];
    const rim = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
    return [low >= 0 ? Math.max(0, low - rim) : low - rim, high + rim];
  };
  const height = (values, bound) => ({distr: isFar(values, bound) ? 3 : 1, range: () => room(values, bound)});

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
          const x = plot.valToPos(chart.run[index], "x", true);
          context.beginPath();
          context.moveTo(x, plot.bbox.top);
          context.lineTo(x, plot.bbox.top + plot.bbox.height);
          context.stroke();
        }
        context.restore();
      };
      return [{
        scales: {x: {time: false, range: [chart.run[0] - 0.5, chart.run.at(-1) + 0.5]},
          y: height([chart.value, chart.low, chart.high], chart.bound)},
        axes: [axis("", {values: (_, marks) => marks.map((mark) => Number.isInteger(mark) ? short(mark) : ""), size: 52}), axis(chart.unit)],
        series: [
          {label: "run", value: (_, place) => place === null ? "–" : told(place)},
          line("high", "--second", chart.unit, {width: 0.5, points: {show: false}}),
          line("low", "--second", chart.unit, {width: 0.5, points: {show: false}}),
          line("measured", "--second", chart.unit, {points: {show: chart.run.length < 60, size: 5}}),
          ...limit(chart),
        ],
        bands: [{series: [1, 2], fill: color("--band")}],
        hooks: {draw: [marks]},
      }, [chart.run, chart.high, chart.low, chart.value, ...level(chart, chart.run)]];
    },
    distribution(chart) {
      const tones = chart.arms.length > 1 ? ["--first", "--second", "--ink"] : ["--second"];
      return [{
        scales: {x: {time: false, range: [0, 100]}, y: height(chart.arms.map((arm) => arm.value), chart.bound)},
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

  const commitOf = (place) => {
    const {commit, subject} = runs[place];
    if (!commit) return "";
    const word = document.createElement(numbers.commit_url ? "a" : "span");
    if (numbers.commit_url) { word.href = numbers.commit_url + commit; word.rel = "noreferrer"; }
    return Object.assign(word, {textContent: commit, title: subject});
  };

  const tables = {
    history: (chart) => [["when", "commit", "measured", "low", "high", "verdict", "change"], chart.run.map((place, index) => {
      const change = chart.changes.find(([place]) => place === index);
      return [day(runs[place].at), commitOf(place), shown(chart.value[index], chart.unit), shown(chart.low[index], chart.unit),
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
    tabulate(details, tables[details.dataset.table](chartOf(details, details.dataset.table)));
  };
  const tabulate = (details, [head, body]) => {
    const table = document.createElement("table");
    const add = (row, tag, word) => { const cell = row.appendChild(document.createElement(tag)); cell.append(word); return cell; };
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
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const article of articles) {
      const row = rows.get(article.dataset.target);
      const fits = (!verdicts.size || verdicts.has(article.dataset.verdict))
        && (!section.value || section.value === article.dataset.section) && words.every((word) => row.dataset.words.includes(word));
      article.hidden = row.hidden = !fits;
      dots.get(article.dataset.target)?.classList.toggle("out", !fits);
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

  const sort = (place, direction) => {
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[place].setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    const key = (row) => { const cell = row.cells[place]; return cell.dataset.sort ?? cell.textContent; };
    const number = (word) => word === "" ? NaN : Number(word);
    const ordered = [...rows.values()].sort((one, other) => {
      const [a, b] = [key(one), key(other)];
      if ((a === "") !== (b === "")) return a === "" ? 1 : -1;
      const difference = number(a) - number(b);
      return direction * (Number.isNaN(difference) ? a.localeCompare(b) : difference);
    });
    body.append(...ordered);
  };

  // Filters, sorting and the two runs compared are in the address, so that a link shows what its sender saw.
  const compared = document.getElementById("compared");
  const sides = ["from", "to"].map((id) => document.getElementById(id));
  const remember = () => {
    const state = new URLSearchParams();
    const pressed = buttons.filter((button) => button.ariaPressed === "true").map((button) => button.dataset.verdict);
    if (pressed.length) state.set("verdict", pressed.join(","));
    if (section.value) state.set("section", section.value);
    if (text.value) state.set("search", text.value);
    const sorted = heads.find((head) => head.ariaSort);
    if (sorted) state.set("sort", `${sorted.ariaSort === "descending" ? "-" : ""}${sorted.textContent.trim()}`);
    if (compared?.open) for (const side of sides) state.set(side.id, runs[side.value].at);
    history.replaceState(null, "", `#${state}`);
  };
  const recall = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    const pressed = new Set((state.get("verdict") || "").split(","));
    buttons.forEach((button) => { button.ariaPressed = String(pressed.has(button.dataset.verdict)); });
    section.value = state.get("section") || "";
    if (section.selectedIndex < 0) section.value = "";
    text.value = state.get("search") || "";
    const wanted = state.get("sort") || "";
    const place = heads.findIndex((head) => head.textContent.trim() === wanted.replace(/^-/, ""));
    if (place >= 0) sort(place, wanted.startsWith("-") ? -1 : 1);
    filter();
    if (!compared) return;
    const places = sides.map((side) => runs.findIndex((run) => String(run.at) === state.get(side.id)));
    compared.open = !places.includes(-1);
    if (!compared.open) return;
    sides.forEach((side, index) => { side.value = places[index]; });
    compare();
    compared.scrollIntoView();
  };
  const follow = (hash) => {
    let id = hash.slice(1);
    if (!id.startsWith("target-")) { if (/^(verdict|section|search|sort|from|to)=/.test(id)) recall(); return; }
    try { id = decodeURIComponent(id); } catch { return; }
    const article = articles.find((each) => each.id === id);
    if (!article) return;
    if (article.hidden) clear();
    article.querySelector("details.card").open = true;
    article.scrollIntoView();
    article.querySelector("h3").focus({preventScroll: true});
  };

  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => { sort(place, head.ariaSort === "ascending" ? -1 : 1); remember(); });
  });
  buttons.forEach((button) => button.addEventListener("click", () => {
    button.ariaPressed = String(button.ariaPressed !== "true");
    filter();
    remember();
  }));
  for (const each of [text, section]) each.addEventListener("input", () => { filter(); remember(); });
  for (const id of ["clear", "clear-too"]) document.getElementById(id).addEventListener("click", () => { clear(); remember(); text.focus(); });
  const fold = document.getElementById("fold");
  fold.hidden = !articles.length;
  fold.addEventListener("click", ({target}) => {
    for (const article of articles) if (target.dataset.fold && !article.hidden) article.querySelector("details.card").open = target.dataset.fold === "open";
  });

  const compare = () => {
    compared.querySelector(".wide")?.remove();
    if (!compared.open) return;
    const [from, to] = sides.map((side) => Number(side.value));
    const found = [];
    for (const article of articles) {
      const chart = numbers.targets[article.dataset.target].history;
      const [a, b] = chart ? [from, to].map((place) => chart.value[chart.run.indexOf(place)]) : [];
      if (a > 0 && b > 0) found.push([article, a, b, chart.unit]);
    }
    found.sort((one, other) => Math.abs(Math.log(other[2] / other[1])) - Math.abs(Math.log(one[2] / one[1])));
    tabulate(compared, [["target", "from", "to", "change"], found.map(([article, a, b, unit]) => {
      const link = Object.assign(document.createElement("a"), {textContent: article.querySelector("h3").textContent});
      link.href = `#${encodeURIComponent(article.id)}`;
      return [link, shown(a, unit), shown(b, unit), shown(b / a, "change")];
    })]);
  };
  for (const each of compared ? [compared, ...sides] : [])
    each.addEventListener(each === compared ? "toggle" : "change", () => { compare(); remember(); });
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
    theme.textContent = isDark() ? "Light" : "Dark";
    [...drawn.keys()].forEach(draw);
  };
  theme.hidden = false;
  theme.textContent = isDark() ? "Light" : "Dark";
  theme.addEventListener("click", () => { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; retheme(); });
  system.addEventListener("change", retheme);
  // What was meant: `remember` may have written the address anew before this is heard.
  addEventListener("hashchange", ({newURL}) => follow(new URL(newURL).hash));
  addEventListener("load", () => setTimeout(() => follow(location.hash))); // the browser's own jump to the fragment comes before and takes the focus
  document.documentElement.dataset.ready = "yes";
})();
