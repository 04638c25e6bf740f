/* What a script adds to the charts: they fill their width, and each moment can be read off them,
   by pointer, by touch or by keyboard. All that they show stands in the table that they are drawn from. */
"use strict";

const MARGIN = {top: 16, right: 200, bottom: 36, left: 48};
const HEIGHT = 300;
// Two marks closer than this, in pixels, are drawn as one.
const GAP = 14;
const LABEL_GAP = 15;
const TICK_GAP = 48;
const LETTER = 8.4;
const MARKS = {
  claim: d3.symbol(d3.symbolCircle, 64),
  correction: d3.symbol(d3.symbolDiamond2, 90),
  resolution: d3.symbol(d3.symbolSquare, 100),
};

function rowsOf(table) {
  return Array.from(table.tBodies[0].rows, row => ({
    id: row.id,
    kind: row.dataset.kind,
    at: new Date(row.querySelector("time").dateTime),
    when: row.cells[0].textContent.trim(),
    told: row.cells[row.cells.length - 1].textContent.replace(/\s+/g, " ").trim(),
    values: Array.from(row.cells).slice(1, -1).map(cell => {
      const data = cell.querySelector("data");
      return data && {
        value: Number(data.value), text: data.textContent,
        low: Number(data.dataset.low), high: Number(data.dataset.high),
      };
    }),
  }));
}

function cut(name, figure, letters) {
  const label = `${name} ${figure}`;
  if (label.length <= letters) return label;
  return `${name.slice(0, Math.max(letters - figure.length - 2, 1))}… ${figure}`;
}

function apart(places, end) {
  const order = d3.range(places.length).sort((one, other) => places[one] - places[other]);
  const placed = places.slice();
  for (let i = 1; i < order.length; i++)
    placed[order[i]] = Math.max(placed[order[i]], placed[order[i - 1]] + LABEL_GAP);
  let limit = end;
  for (let i = order.length - 1; i >= 0; i--) {
    placed[order[i]] = Math.min(placed[order[i]], limit);
    limit = placed[order[i]] - LABEL_GAP;
  }
  return placed;
}

function enhance(figure) {
  const table = document.getElementById(figure.dataset.table);
  const rows = rowsOf(table);
  const names = Array.from(table.tHead.rows[0].cells).slice(1, -1).map(cell => cell.textContent.trim());
  const canvas = figure.querySelector(".canvas");
  const what = canvas.querySelector("svg").getAttribute("aria-label");
  const isQuantity = figure.dataset.unit !== "";
  const reader = figure.querySelector(".reader");
  let chosen = rows.length - 1;

  reader.innerHTML = '<label>Read a moment <input type="range" min="0" step="1"></label><output></output>';
  const slider = reader.querySelector("input");
  const output = reader.querySelector("output");
  slider.max = rows.length - 1;
  slider.value = chosen;

  const y = (figure.dataset.scale === "log" ? d3.scaleLog() : d3.scaleLinear())
    .domain([Number(figure.dataset.low), Number(figure.dataset.high)])
    .range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  const axisText = isQuantity ? d3.format(",~r") : value => `${Math.round(100 * value)}\u00a0%`;
  let x, svg, cursor;

  function draw() {
    const width = canvas.clientWidth;
    const last = rows[rows.length - 1];
    const longest = d3.max(names, (name, i) => name.length + (last.values[i] ? last.values[i].text.length : 0) + 1);
    const right = width - Math.min(MARGIN.right, longest * LETTER + 14, width * 0.42);
    x = d3.scaleUtc().domain([rows[0].at, new Date(figure.dataset.end)]).range([MARGIN.left, right]);
    const drawn = d3.create("svg").attr("viewBox", [0, 0, width, HEIGHT])
      .attr("role", "group").attr("aria-label", what);

    const levels = isQuantity ? y.ticks(5).filter((_, i, all) => all.length < 8 || i % Math.ceil(all.length / 6) === 0)
      : [0, 0.25, 0.5, 0.75, 1];
    const axis = drawn.append("g").attr("class", "axis").attr("aria-hidden", "true");
    for (const level of levels) {
      axis.append("path").attr("d", `M${MARGIN.left} ${y(level)}H${right}`);
      axis.append("text").attr("x", MARGIN.left - 6).attr("y", y(level) + 4).attr("text-anchor", "end").text(axisText(level));
    }
    const ticks = x.ticks(Math.max(3, Math.floor((right - MARGIN.left) / 56)));
    const spansYears = rows[rows.length - 1].at - rows[0].at > 300 * 864e5;
    const named = spansYears ? d3.utcFormat("%b %Y") : at => (at.getUTCHours() ? d3.utcFormat("%H:%M") : d3.utcFormat("%-d %b"))(at);
    let end = -Infinity;
    for (const at of ticks) {
      if (x(at) - end < TICK_GAP) continue;
      end = x(at);
      axis.append("path").attr("d", `M${x(at)} ${HEIGHT - MARGIN.bottom}v5`);
      axis.append("text").attr("x", x(at)).attr("y", HEIGHT - MARGIN.bottom + 20).attr("text-anchor", "middle").text(named(at));
    }

    const letters = Math.floor((width - right - 12) / LETTER);
    const places = apart(names.map((_, i) => last.values[i] ? y(last.values[i].value) : HEIGHT - MARGIN.bottom), HEIGHT - MARGIN.bottom);
    // A line holds its last value to the end of the axis.
    const held = [...rows, {...last, at: new Date(figure.dataset.end)}];
    names.forEach((name, i) => {
      const series = drawn.append("g").attr("class", `s${i}`).attr("aria-hidden", "true");
      if (isQuantity)
        series.append("path").attr("class", "band").attr("d", d3.area().curve(d3.curveStepAfter)
          .defined(row => row.values[i]).x(row => x(row.at))
          .y0(row => y(row.values[i].low)).y1(row => y(row.values[i].high))(held));
      series.append("path").attr("class", "line").attr("d", d3.line().curve(d3.curveStepAfter)
        .defined(row => row.values[i]).x(row => x(row.at)).y(row => y(row.values[i].value))(held));
      series.append("text").attr("x", right + 8).attr("y", places[i] + 4)
        .text(cut(name, last.values[i] ? last.values[i].text : "", letters));
    });

    cursor = drawn.append("g").attr("aria-hidden", "true");
    const marks = [];
    rows.forEach((row, i) => {
      if (!row.kind) return;
      const group = marks[marks.length - 1];
      if (group && x(row.at) - x(rows[group[0]].at) < GAP) group.push(i);
      else marks.push([i]);
    });
    for (const group of marks) {
      const end = group[group.length - 1];
      const before = rows[Math.max(group[0] - 1, 0)];
      const moved = i => rows[end].values[i] && before.values[i] ? Math.abs(rows[end].values[i].value - before.values[i].value) : -1;
      const most = d3.greatest(d3.range(names.length), moved);
      const height = rows[end].values[most] ? y(rows[end].values[most].value) : HEIGHT - MARGIN.bottom;
      const kind = ["resolution", "correction", "claim"].find(one => group.some(i => rows[i].kind === one));
      const title = group.map(i => `${rows[i].when}: ${rows[i].told}`).join(" – ");
      const link = drawn.append("a").attr("href", `#${rows[group[0]].id}`).attr("aria-label", title)
        .on("focus", () => choose(end));
      link.append("title").text(title);
      const mark = link.append("g").attr("transform", `translate(${x(rows[end].at)} ${height})`);
      mark.append("circle").attr("class", "reach").attr("r", 12);
      mark.append("path").attr("class", "mark").attr("d", MARKS[kind]());
    }
    drawn.on("pointermove pointerdown", event => {
      const at = x.invert(d3.pointer(event, drawn.node())[0]);
      choose(Math.max(0, d3.bisector(row => row.at).right(rows, at) - 1));
    });
    svg = drawn.node();
    canvas.replaceChildren(svg);
    show();
  }

  function show() {
    const row = rows[chosen];
    const told = names.map((name, i) => `${name} ${row.values[i] ? row.values[i].text : "cannot be judged"}`).join(", ");
    slider.value = chosen;
    slider.setAttribute("aria-valuetext", `${row.when}: ${told}`);
    output.textContent = `${row.when}: ${told}. ${row.told}`;
    cursor.selectAll("*").remove();
    cursor.append("path").attr("class", "cursor").attr("d", `M${x(row.at)} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}`);
    names.forEach((_, i) => {
      if (!row.values[i]) return;
      cursor.append("g").attr("class", `s${i}`).append("circle").attr("class", "dot-on").attr("r", 4)
        .attr("cx", x(row.at)).attr("cy", y(row.values[i].value));
    });
  }

  function choose(row) {
    if (row === chosen) return;
    chosen = row;
    show();
  }

  slider.addEventListener("input", () => choose(Number(slider.value)));
  new ResizeObserver(() => {
    if (canvas.clientWidth && (!svg || svg.viewBox.baseVal.width !== canvas.clientWidth)) draw();
  }).observe(canvas);
}

document.querySelectorAll(".chart").forEach(enhance);
// What is printed is whole.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(each => { each.open = true; }));
