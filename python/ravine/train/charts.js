// Redraws the charts of a page at its width: values under the pointer, linear or logarithmic, smoothing.
"use strict";
(() => {
  const COLOURS = 6;
  const TEXT = 12; // pixels, at any width

  function make(tag, attributes = {}, children = [], svg = false) {
    const node = svg
      ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...[].concat(children));
    return node;
  }

  const draw = (tag, attributes, children) => make(tag, attributes, children, true);

  // ---- numbers

  const known = (value) => value !== null && Number.isFinite(value);

  function short(value) {
    if (!known(value)) return "–";
    if (Number.isInteger(value) && Math.abs(value) < 1e6) return value.toLocaleString("en");
    return String(Number(value.toPrecision(4)));
  }

  // Round values: multiples of 1, 2 or 5 times a power of ten.
  function niceTicks(low, high, count) {
    if (!(high > low)) {
      const margin = Math.abs(low) * 0.1 || 1;
      [low, high] = [low - margin, high + margin];
    }
    const rough = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const ticks = [];
    for (let k = Math.floor(low / step + 1e-9); k <= Math.ceil(high / step - 1e-9); k++) {
      const value = k * step;
      const plain = Math.abs(value) < 1e6 && digits < 5;
      const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
      ticks.push([value, plain ? value.toLocaleString("en", options) : String(Number(value.toPrecision(3)))]);
    }
    return ticks;
  }

  // Powers of ten within the range, with 2 and 5 between them where they are few.
  function logTicks(low, high) {
    const first = Math.floor(Math.log10(low));
    const last = Math.ceil(Math.log10(high));
    const stride = Math.max(1, Math.ceil((last - first) / 6));
    for (const marks of [[1], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]]) {
      const ticks = [];
      for (let e = first; e <= last; e += stride) ticks.push(...marks.map((m) => Number(`${m}e${e}`)));
      const inside = ticks.filter((tick) => tick >= low && tick <= high);
      if (inside.length >= 3) return inside.map((tick) => [tick, String(tick)]);
    }
    return niceTicks(low, high, 3).filter(([tick]) => tick >= low && tick <= high);
  }

  // A running average over a share of the points; over fewer at the beginning, where values change fast.
  function smooth(values, share) {
    let average = null;
    return values.map((value, number) => {
      if (!known(value)) return null;
      const span = Math.max(1, Math.min(values.length * share, number / 8));
      average = average === null ? value : average + (value - average) / span;
      return average;
    });
  }

  // Most of many values: a wild batch must not press the rest flat.
  function most(values) {
    if (values.length < 20) return values;
    const ordered = [...values].sort((a, b) => a - b);
    const cut = Math.floor(values.length / 100);
    return [ordered[cut], ordered[values.length - 1 - cut]];
  }

  function nearest(xs, x) {
    let low = 0;
    let high = xs.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle] < x) low = middle;
      else high = middle;
    }
    return x - xs[low] <= xs[high] - x ? low : high;
  }

  // ---- one chart

  class Chart {
    constructor(figure, group) {
      this.figure = figure;
      this.group = group;
      this.data = JSON.parse(figure.querySelector("script").textContent);
      this.log = this.data.log && this.mayLog();
      this.legend = make("div", { class: "legend" });
      this.plot = make("div", { class: "plot" });
      const head = make("div", { class: "head" }, [make("b", {}, this.data.title)]);
      if (this.mayLog()) head.append(this.switch());
      figure.querySelector("svg")?.remove();
      figure.append(head, this.legend, this.plot);
    }

    mayLog() {
      return this.data.lines.some((line) => line.y.some((y) => y > 0));
    }

    switch() {
      const names = ["linear", "log"];
      const buttons = names.map((name) => make("button", { type: "button" }, name));
      const show = () =>
        buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(this.log === (k === 1))));
      buttons.forEach((button, k) =>
        button.addEventListener("click", () => {
          this.log = k === 1;
          show();
          this.draw();
        }),
      );
      show();
      return make("span", { class: "switch", role: "group", "aria-label": "vertical axis" }, buttons);
    }

    usable(value) {
      return known(value) && (value > 0 || !this.log);
    }

    draw() {
      const width = Math.max(260, this.plot.clientWidth);
      const wide = this.figure.classList.contains("wide");
      const height = wide ? Math.round(Math.min(360, Math.max(220, width * 0.45))) : 190;
      this.lines = this.data.lines.map((line, k) => ({
        ...line,
        colour: `var(--c${k % COLOURS})`,
        dash: k >= COLOURS ? "6 4" : "none",
        shown: line.raw ? smooth(line.y, this.group.share) : line.y,
      }));
      const filled = this.lines.filter((line) => line.shown.some((y) => this.usable(y)));
      if (!filled.length) {
        this.plot.replaceChildren(make("p", { class: "soft" }, "no data"));
        this.svg = null;
        return;
      }
      const crowded = filled.filter((line) => line.raw).length > 2; // averages alone
      const heights = [];
      for (const line of filled) {
        heights.push(...line.shown);
        if (line.raw && !crowded) heights.push(...most([...line.y, ...(line.low ?? []), ...(line.high ?? [])].filter(known)));
      }
      const values = heights.filter((y) => this.usable(y));
      let [low, high] = [Math.min(...values), Math.max(...values)];
      if (this.log) [low, high] = [low / 1.2, high * 1.2];
      const ticks = this.log ? logTicks(low, high) : niceTicks(low, high, wide ? 5 : 4);
      const base = Math.max(1, ...ticks.map(([, label]) => label.length)) * 7 + 14;
      this.area = { left: base, right: width - 12, top: 10, bottom: height - 26 };
      const ends = ticks.map(([tick]) => tick);
      const [from, to] = [Math.min(low, ...ends), Math.max(high, ...ends)];
      const xs = filled.flatMap((line) => [line.x[0], line.x[line.x.length - 1]]);
      this.range = [Math.min(...xs), Math.max(...xs)];
      const place = (value) => (this.log ? Math.log10(value) : value);
      const { left, right, top, bottom } = this.area;
      const span = this.range[1] - this.range[0] || 1;
      const tall = place(to) - place(from) || 1;
      this.toX = (x) => left + ((x - this.range[0]) / span) * (right - left);
      this.toY = (y) => bottom - ((place(y) - place(from)) / tall) * (bottom - top);

      this.svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", tabindex: 0 });
      this.svg.setAttribute("aria-label", `${this.data.title}; arrow keys show values`);
      this.frame(ticks);
      const clip = `clip-${this.group.number}-${this.group.charts.indexOf(this)}`;
      const inside = { x: left, y: top - 3, width: right - left, height: bottom - top + 6 };
      const plot = draw("g", { fill: "none", "stroke-linejoin": "round", "clip-path": `url(#${clip})` });
      this.svg.append(draw("clipPath", { id: clip }, draw("rect", inside)), plot);
      for (const line of filled) {
        const style = { stroke: line.colour, "stroke-dasharray": line.dash, "stroke-linecap": "round" };
        if (line.raw && !crowded) plot.append(draw("path", { d: this.ragged(line), style: `stroke:${line.colour}`, class: "raw" }));
        plot.append(draw("path", { d: this.path(line.x, line.shown), ...styled(style), "stroke-width": 2 }));
        if (!line.raw && line.x.length <= 40) this.dots(line);
      }
      if (this.data.best && this.usable(this.data.best[1])) this.best();
      this.mark = draw("g", { class: "mark" });
      this.svg.append(this.mark);
      this.plot.replaceChildren(this.svg);
      this.listen();
      this.tell(null);
    }

    frame(ticks) {
      const { left, right, bottom } = this.area;
      const text = (x, y, anchor, label) =>
        draw("text", { x, y, "text-anchor": anchor, "font-size": TEXT, class: "tick" }, label);
      for (const [value, label] of ticks) {
        const y = this.toY(value);
        this.svg.append(draw("path", { d: `M${left} ${y}H${right}`, class: "grid" }));
        this.svg.append(text(left - 8, y + 4, "end", label));
      }
      const [from, to] = this.range;
      const room = Math.max(1, Math.floor((right - left) / 80));
      const steps = from === to ? [[from, short(from)]] : niceTicks(from, to, room);
      this.svg.append(draw("path", { d: `M${left} ${bottom}H${right}`, class: "axis" }));
      for (const [value] of steps) {
        if (value < from || value > to || !Number.isInteger(value)) continue;
        const label = value.toLocaleString("en");
        const x = this.toX(value);
        const at = Math.min(x, right + 6 - label.length * 3.5);
        this.svg.append(draw("path", { d: `M${x} ${bottom}v4`, class: "axis" }), text(at, bottom + 18, "middle", label));
      }
    }

    path(xs, ys) {
      let text = "";
      let pen = "M";
      ys.forEach((y, k) => {
        if (!this.usable(y)) {
          pen = "M";
          return;
        }
        text += `${pen}${this.toX(xs[k]).toFixed(1)} ${this.toY(y).toFixed(1)}`;
        if (pen === "M" && !this.usable(ys[k + 1])) text += "h0"; // alone between gaps
        pen = "L";
      });
      return text;
    }

    // The values of single steps; of many, from the least to the greatest of each column.
    ragged(line) {
      if (!line.low) return this.path(line.x, line.y);
      const xs = line.x.flatMap((x) => [x, x]);
      const ys = line.low.flatMap((low, k) => [low, line.high[k]]);
      return this.path(xs, ys);
    }

    dots(line) {
      line.x.forEach((x, k) => {
        const y = line.shown[k];
        if (!this.usable(y)) return;
        const at = { cx: this.toX(x), cy: this.toY(y), r: 2.5 };
        this.svg.append(draw("circle", { ...at, style: `fill:${line.colour}` }));
      });
    }

    best() {
      const [x, y] = [this.toX(this.data.best[0]), this.toY(this.data.best[1])];
      const late = x > this.area.right - 44;
      const at = { x: x + (late ? -10 : 10), y: y - 8, "text-anchor": late ? "end" : "start" };
      this.svg.append(
        draw("circle", { cx: x, cy: y, r: 6, class: "best" }),
        draw("text", { ...at, "font-size": TEXT, class: "best-text" }, "best"),
      );
    }

    // ---- values under the pointer

    listen() {
      const { left, right } = this.area;
      const step = (event) => {
        const x = event.clientX - this.svg.getBoundingClientRect().left;
        const share = Math.min(1, Math.max(0, (x - left) / (right - left)));
        this.group.tell(this.range[0] + share * (this.range[1] - this.range[0]));
      };
      this.svg.addEventListener("pointermove", step);
      this.svg.addEventListener("pointerdown", step);
      this.svg.addEventListener("pointerleave", () => this.group.tell(null));
      this.svg.addEventListener("blur", () => this.group.tell(null));
      this.svg.addEventListener("keydown", (event) => {
        const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!way) return;
        event.preventDefault();
        const xs = this.lines.reduce((a, b) => (b.x.length > a.x.length ? b : a)).x;
        const at = this.at === undefined || this.at === null ? xs.length - 1 : nearest(xs, this.at) + way;
        this.group.tell(xs[Math.min(xs.length - 1, Math.max(0, at))]);
      });
    }

    // Shows the values at a step; without one the last values.
    tell(at) {
      if (!this.svg) return;
      this.at = at;
      this.mark.replaceChildren();
      const entries = [];
      let step = null;
      for (const line of this.lines) {
        let k = line.shown.length - 1;
        if (at === null) while (k > 0 && !this.usable(line.shown[k])) k--;
        else k = nearest(line.x, at);
        const value = line.shown[k];
        const swatch = make("i", { style: `background:${line.colour}` });
        entries.push(make("span", {}, [swatch, line.name ? `${line.name} ` : "", make("b", {}, short(value))]));
        if (at === null) continue;
        if (step === null || Math.abs(line.x[k] - at) < Math.abs(step - at)) step = line.x[k];
        if (!this.usable(value)) continue;
        const place = { cx: this.toX(line.x[k]), cy: this.toY(value), r: 4 };
        this.mark.append(draw("circle", { ...place, style: `fill:${line.colour}` }));
      }
      if (step !== null) {
        const { top, bottom } = this.area;
        this.mark.prepend(draw("path", { d: `M${this.toX(step)} ${top}V${bottom}`, class: "axis" }));
        entries.push(make("span", { class: "soft" }, `step ${short(step)}`));
      }
      this.legend.replaceChildren(...entries);
    }
  }

  const styled = (style) => ({
    style: Object.entries(style)
      .map(([name, value]) => `${name}:${value}`)
      .join(";"),
  });

  // ---- the charts of one run: they share the smoothing, and the step under the pointer

  class Group {
    constructor(box, number) {
      this.number = number;
      this.share = 1 / 50;
      this.charts = [...box.querySelectorAll(".chart")].map((figure) => new Chart(figure, this));
      if (this.charts.some((chart) => chart.data.lines.some((line) => line.raw))) box.before(this.slider());
      new ResizeObserver(() => this.draw()).observe(box);
      this.draw();
    }

    slider() {
      const most = 0.25;
      const value = Math.round(100 * Math.sqrt(this.share / most));
      const range = make("input", { type: "range", min: 0, max: 100, value });
      const told = make("output");
      const show = () => {
        told.textContent = this.share ? `over ${short(Number((100 * this.share).toPrecision(2)))} % of the run` : "none";
      };
      range.addEventListener("input", () => {
        this.share = most * (range.value / 100) ** 2;
        show();
        this.draw();
      });
      show();
      return make("label", { class: "slider" }, ["smoothing", range, told]);
    }

    draw() {
      for (const chart of this.charts) chart.draw();
    }

    tell(at) {
      for (const chart of this.charts) chart.tell(at);
    }
  }

  document.querySelectorAll(".charts").forEach((box, number) => new Group(box, number));
})();
