/* [data-chart="course|times"][data-source="id"]: draws the JSON of a data block with ECharts (loaded by the page, a global of its own), in the
   colours of the tokens; follows the theme and the width. [data-view-switch]: the same figures as a table. */

import { attach, all, on } from "./attach.js";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const still = matchMedia("(prefers-reduced-motion: reduce)");

function loaded() {
  if (window.echarts) return Promise.resolve(window.echarts);
  const script = document.querySelector('script[src*="echarts"]');
  return new Promise((resolve, reject) => {
    if (!script) return reject(new Error("no charts"));
    script.addEventListener("load", () => (window.echarts ? resolve(window.echarts) : reject(new Error("no charts"))));
    script.addEventListener("error", () => reject(new Error("no charts")));
    return undefined;
  });
}

/** The least share shown: a round figure below what there is, never above 90. */
export function lowest(shares, goal) {
  const least = Math.min(goal, ...shares.filter((value) => value !== null));
  return least - 1 >= 80 ? Math.min(90, Math.floor((least - 1) / 5) * 5) : Math.max(0, Math.floor((least - 1) / 20) * 20);
}

/** Days whose breaches stand out: more than the mean and two deviations, and at least three. */
export function unusual(breaches) {
  const n = breaches.length || 1;
  const mean = breaches.reduce((sum, value) => sum + value, 0) / n;
  const deviation = Math.sqrt(breaches.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
  return breaches.map((value) => value >= 3 && value > mean + 2 * deviation);
}

function text(name) { return { color: token(name), fontFamily: token("--font-ui"), fontSize: 12 }; }

function course(data, narrow, height) {
  const low = lowest(data.shares, data.goal);
  const worst = data.shares.reduce((at, value, nth) => (value !== null && value < data.goal && (at < 0 || value < data.shares[at]) ? nth : at), -1);
  const last = data.shares.findLastIndex((value) => value !== null);
  const red = unusual(data.breaches);
  const line = token("--viz-1"), ink = token("--ink-3"), grid = token("--viz-grid");
  const most = Math.max(4, ...data.breaches);
  // the last value and the goal are both written at the right end: they keep a line apart
  const gap = last >= 0 ? ((data.goal - data.shares[last]) / (100 - low)) * (height - 104) : 99;
  const apart = Math.abs(gap) >= 18 ? 0 : gap <= 0 ? -(18 + gap) : 18 - gap;
  const axis = { type: "category", data: data.days, axisTick: { show: false }, axisLine: { lineStyle: { color: grid } } };
  return {
    animation: !still.matches,
    animationDuration: 260,
    textStyle: text("--ink-2"),
    aria: { enabled: false },
    grid: [{ left: 48, right: narrow ? 16 : 84, top: 12, bottom: 92 }, { left: 48, right: narrow ? 16 : 84, height: 44, bottom: 26 }],
    axisPointer: { link: [{ xAxisIndex: "all" }], lineStyle: { color: token("--line-strong") } },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      backgroundColor: token("--bg-overlay"),
      borderColor: token("--line-strong"),
      padding: [8, 12],
      textStyle: { ...text("--ink"), rich: {} },
      formatter: (points) => {
        const nth = points[0].dataIndex;
        const w = data.words;
        if (!data.ended[nth]) return `${data.days[nth]}\n${w.nothing}`;
        return `${data.days[nth]}\n${w.share}  ${data.shares[nth].toFixed(1)} %\n${w.ended}  ${data.ended[nth]}\n${w.breaches}  ${data.breaches[nth]}`;
      },
    },
    xAxis: [
      { ...axis, gridIndex: 0, axisLabel: { show: false }, axisLine: { show: false } },
      { ...axis, gridIndex: 1, axisLabel: { color: ink, fontSize: 12, hideOverlap: true, interval: Math.max(0, Math.ceil(data.days.length / (narrow ? 4 : 7)) - 1) } },
    ],
    yAxis: [
      { gridIndex: 0, type: "value", min: low, max: 100, interval: low >= 80 ? 5 : low >= 40 ? 20 : 25, splitLine: { lineStyle: { color: grid } }, axisLabel: { color: ink, fontSize: 12, formatter: "{value} %" } },
      { gridIndex: 1, type: "value", min: 0, max: most, interval: most, splitLine: { show: false }, axisLabel: { color: ink, fontSize: 12 } },
    ],
    series: [
      {
        type: "line",
        name: data.words.share,
        data: data.shares,
        connectNulls: true,
        smooth: 0.25,
        smoothMonotone: "x",
        symbol: "circle",
        showSymbol: data.days.length === 1,
        lineStyle: { color: line, width: 2 },
        itemStyle: { color: line },
        areaStyle: { origin: "start", color: { type: "linear", x: 0, y: 0, x2: 0, y2: 1, colorStops: [{ offset: 0, color: token("--accent-soft") }, { offset: 1, color: token("--bg-surface") }] } },
        markLine: {
          silent: true,
          symbol: "none",
          lineStyle: { color: token("--viz-target"), type: "dashed", width: 1 },
          label: { show: !narrow, position: "end", formatter: data.words.goal, ...text("--ink-2") },
          data: [{ yAxis: data.goal }],
        },
        markPoint: {
          symbol: "circle",
          symbolSize: 8,
          data: [
            ...(worst >= 0 ? [{ coord: [worst, data.shares[worst]], itemStyle: { color: token("--bg-surface"), borderColor: token("--viz-5"), borderWidth: 2 }, label: { show: true, position: "bottom", ...(narrow && worst > 0.8 * data.days.length ? { align: "right" } : {}), formatter: `${data.shares[worst].toFixed(1)} %  ${data.days[worst]}`, ...text("--ink") } }] : []),
            ...(last >= 0 && last !== worst && !narrow ? [{ coord: [last, data.shares[last]], symbolSize: 6, itemStyle: { color: line }, label: { show: true, position: "right", offset: [0, apart], formatter: `${data.shares[last].toFixed(1)} %`, ...text("--accent-ink") } }] : []),
          ],
        },
      },
      {
        type: "bar",
        name: data.words.breaches,
        xAxisIndex: 1,
        yAxisIndex: 1,
        barMaxWidth: 12,
        barMinHeight: 0,
        data: data.breaches.map((value, nth) => ({ value, itemStyle: { color: token(red[nth] ? "--viz-5" : "--viz-5-soft"), borderRadius: [2, 2, 0, 0] } })),
        cursor: "pointer",
      },
    ],
  };
}

/** The least round number of hours that the axis has to reach. */
export function highest(hours, goal) {
  const most = Math.max(goal, ...hours.filter((value) => value !== null));
  const step = most <= 96 ? 24 : most <= 240 ? 48 : most <= 720 ? 120 : 240;
  return { most: Math.ceil(most / step) * step, step };
}

/** Two lines of lengths of time with their goal, and below them how many took longer. */
function times(data, narrow) {
  const { most, step } = highest([...data.median, ...data.percentile], data.goal);
  const ink = token("--ink-3"), grid = token("--viz-grid"), w = data.words;
  const late = Math.max(4, ...data.late);
  const axis = { type: "category", data: data.days, axisTick: { show: false }, axisLine: { lineStyle: { color: grid } } };
  const line = (name, values, color, width) => ({
    type: "line", name, data: values, connectNulls: true, smooth: 0.2, smoothMonotone: "x", symbol: "circle",
    showSymbol: values.filter((value) => value !== null).length < 3, lineStyle: { color, width }, itemStyle: { color },
  });
  const right = narrow ? 16 : 84;
  return {
    animation: !still.matches,
    animationDuration: 260,
    textStyle: text("--ink-2"),
    aria: { enabled: false },
    grid: [{ left: 48, right, top: 12, bottom: 92 }, { left: 48, right, height: 44, bottom: 26 }],
    axisPointer: { link: [{ xAxisIndex: "all" }], lineStyle: { color: token("--line-strong") } },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      backgroundColor: token("--bg-overlay"),
      borderColor: token("--line-strong"),
      padding: [8, 12],
      textStyle: { ...text("--ink"), rich: {} },
      formatter: (points) => {
        const nth = points[0].dataIndex;
        if (!data.ended[nth]) return `${data.days[nth]}\n${w.nothing}`;
        return `${data.days[nth]}\n${w.median}  ${data.median[nth]} ${w.unit}\n${w.percentile}  ${data.percentile[nth]} ${w.unit}\n${w.ended}  ${data.ended[nth]}\n${w.late}  ${data.late[nth]}`;
      },
    },
    xAxis: [
      { ...axis, gridIndex: 0, axisLabel: { show: false }, axisLine: { show: false } },
      { ...axis, gridIndex: 1, axisLabel: { color: ink, fontSize: 12, hideOverlap: true, interval: Math.max(0, Math.ceil(data.days.length / (narrow ? 2 : 4)) - 1) } },
    ],
    yAxis: [
      { gridIndex: 0, type: "value", min: 0, max: most, interval: step, splitLine: { lineStyle: { color: grid } }, axisLabel: { color: ink, fontSize: 12, formatter: `{value} ${w.unit}` } },
      { gridIndex: 1, type: "value", min: 0, max: late, interval: late, splitLine: { show: false }, axisLabel: { color: ink, fontSize: 12 } },
    ],
    series: [
      {
        ...line(w.median, data.median, token("--viz-1"), 2),
        markLine: {
          silent: true,
          symbol: "none",
          lineStyle: { color: token("--viz-target"), type: "dashed", width: 1 },
          label: { show: !narrow, position: "end", formatter: w.goal, ...text("--ink-2") },
          data: [{ yAxis: data.goal }],
        },
      },
      line(w.percentile, data.percentile, token("--viz-2"), 1.5),
      {
        type: "bar",
        name: w.late,
        xAxisIndex: 1,
        yAxisIndex: 1,
        barMaxWidth: 12,
        data: data.late.map((value) => ({ value, itemStyle: { color: token("--viz-5-soft"), borderRadius: [2, 2, 0, 0] } })),
        cursor: "pointer",
      },
    ],
  };
}

const kinds = { course, times };

attach("[data-chart]", (box) => {
  const source = document.getElementById(box.dataset.source);
  const build = kinds[box.dataset.chart];
  if (!source || !build) return undefined;
  const data = JSON.parse(source.textContent);
  let chart = null, ended = false, narrow = null;
  const draw = () => {
    if (!chart) return;
    narrow = box.clientWidth < 560;
    chart.setOption(build(data, narrow, box.clientHeight), true);
    box.dataset.drawn = "";
  };
  const start = () => loaded().then((library) => {
    if (ended || !box.clientWidth) return;
    box.querySelector("[data-chart-wait]")?.remove();
    chart = library.init(box, null, { renderer: "canvas" });
    chart.on("click", (event) => {
      const link = data.links?.[event.dataIndex];
      if (link) location.assign(link);
    });
    draw();
  }).catch(() => {
    // without the library the table says the same
    box.closest(".board-part")?.querySelector("[data-view-switch]")?.click();
  });
  start();
  const size = new ResizeObserver(() => {
    if (!chart) { if (box.clientWidth) start(); return; }
    if (!box.clientWidth) return;
    chart.resize();
    if ((box.clientWidth < 560) !== narrow) draw();
  });
  size.observe(box);
  const theme = new MutationObserver(draw);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  return all(on(dark, "change", draw), () => { ended = true; size.disconnect(); theme.disconnect(); chart?.dispose(); });
});

attach("[data-view-switch]", (button) => on(button, "click", () => {
  const part = button.closest(".board-part");
  const table = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(table));
  part.querySelectorAll("[data-view]").forEach((view) => { view.hidden = (view.dataset.view === "table") !== table; });
}));
