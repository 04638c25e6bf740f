/* Reads the moments of a chart, by pointer, by touch or by keyboard. It draws nothing: the page holds the
   picture, and the table beside it says where each moment stands in it, what held then, and what happened. */
"use strict";

function read(chart) {
  const table = document.getElementById("moments");
  const rows = Array.from(table.tBodies[0].rows);
  const names = Array.from(table.tHead.rows[0].cells, cell => cell.textContent).slice(1, -1);
  const plot = chart.querySelector(".plot");
  const cursor = chart.querySelector(".cursor");
  const dots = cursor.querySelectorAll("circle");
  const slider = chart.querySelector("input");
  const output = chart.querySelector("output");
  let chosen;

  function choose(step) {
    if (step === chosen) return;
    chosen = step;
    const row = rows[step];
    const [when, ...cells] = row.cells;
    const happened = cells.pop().textContent.replace(/\s+/g, " ").trim();
    const held = cells.map((cell, i) => `${names[i]} ${cell.textContent}`).join(", ");
    cursor.setAttribute("x", `${row.dataset.x}%`);
    dots.forEach((dot, i) => {
      const y = cells[i].dataset.y;
      dot.setAttribute("visibility", y ? "visible" : "hidden");
      if (y) dot.setAttribute("cy", y);
    });
    slider.value = step;
    slider.setAttribute("aria-valuetext", `${when.textContent}: ${held}`);
    output.textContent = `${when.textContent}: ${held}. ${happened}`;
  }

  function point(event) {
    const {left, width} = plot.getBoundingClientRect();
    const x = 100 * (event.clientX - left) / width;
    choose(Math.max(0, rows.findLastIndex(row => Number(row.dataset.x) <= x)));
  }

  slider.addEventListener("input", () => choose(Number(slider.value)));
  plot.addEventListener("pointermove", point);
  plot.addEventListener("pointerdown", point);
  plot.addEventListener("focusin", event => choose(Number(event.target.dataset.step)));
  choose(rows.length - 1);
  slider.parentElement.hidden = false;
}

document.querySelectorAll(".chart").forEach(read);
// What is printed is whole.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(each => { each.open = true; }));
