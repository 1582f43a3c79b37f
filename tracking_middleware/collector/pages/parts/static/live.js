// The live page: filters without reloading, rows as they come, pause, keys, a URL for what is seen.
import { copy, fetchPage, isTyping, say } from "./page.js";
import { closePanel, mark, openEvent, showEvent } from "./panel.js";
import { prepend } from "./rows.js";
import { Stream } from "./stream.js";

const MOST_WAITING = 500;
const form = document.getElementById("filters");
const at = (id) => document.getElementById(id);
let stream = null;
let paused = false;
let waiting = [];
let held = 0;
let arrived = 0;
let frame = 0;
let chartTimer = 0;
let newsTimer = 0;
let fetching = 0;

// rows: a batch a frame, however fast they come
function take({ rows, good, bad }) {
  at("count-good").textContent = good.toLocaleString("en");
  at("count-bad").textContent = bad.toLocaleString("en");
  if (!rows.length) return;
  held += paused ? rows.length : 0;
  waiting.push(...rows);
  waiting = waiting.slice(-MOST_WAITING);
  if (paused) announce();
  else frame ||= requestAnimationFrame(draw);
  later();
}

function draw() {
  frame = 0;
  const lines = waiting;
  waiting = [];
  if (!lines.length) return;
  if (!at("rows")) {
    refresh(viewUrl());
    return;
  }
  prepend(at("rows"), lines);
  arrived += lines.length;
  announce();
}

// a screen reader is told every few seconds, not for each event
function announce() {
  newsTimer ||= setTimeout(() => {
    newsTimer = 0;
    if (paused && held) at("news").textContent = `${held.toLocaleString("en")} new since the pause`;
    else if (!paused && arrived) at("news").textContent = `${arrived.toLocaleString("en")} new since you opened this`;
  }, paused ? 200 : 1000);
}

function later() {
  chartTimer ||= setTimeout(drawChart, 1500);
}

async function drawChart() {
  const started = performance.now();
  try {
    const page = await fetchPage(at("results").dataset.chart);
    const chart = page.getElementById("chart");
    const details = at("chart").querySelector("details");
    if (details.contains(document.activeElement)) return;
    const { when } = document.activeElement.dataset;
    chart.querySelector("details").open = details.open;
    at("chart").replaceWith(document.adoptNode(chart));
    if (when) at("chart").querySelector(`[data-when="${CSS.escape(when)}"]`)?.focus();
  } catch {
    // the stream says that the collector is gone
  } finally {
    // a slow chart is asked for less often
    setTimeout(() => { chartTimer = 0; }, 10 * (performance.now() - started));
  }
}

function setState(name) {
  const state = document.querySelector(".state");
  if (!state || !stream) return;
  state.dataset.state = paused ? "paused" : name;
  at("state").textContent = paused ? "Paused" : { live: "Live", lost: "Connection lost, trying again" }[name];
}

function connect() {
  stream?.close();
  stream = null;
  waiting = [];
  held = 0;
  arrived = 0;
  const { stream: url, last } = at("results").dataset;
  if (!url) return;
  stream = new Stream(url, last, {
    state: setState,
    rows: take,
    skipped: ({ count }) => say(`${count.toLocaleString("en")} events were too many to show: reload to see them`),
    restart: () => refresh(viewUrl()),
  });
  setState("live");
}

function togglePause() {
  if (!at("pause")) return;
  paused = !paused;
  at("pause").textContent = paused ? "Resume" : "Pause";
  at("pause").setAttribute("aria-pressed", String(paused));
  setState("live");
  if (paused) {
    at("news").textContent = "";
    return;
  }
  held = 0;
  draw();
}

// the URL is the view
const viewUrl = () => at("results").dataset.view;

function urlOfForm() {
  const given = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...given]) if (!value || (name === "span" && value === "15m")) given.delete(name);
  return given.size ? `/?${given}` : "/";
}

function withOpen(url) {
  const found = new URL(url, location.origin);
  const event = openEvent();
  if (event) found.searchParams.set("open", event);
  else found.searchParams.delete("open");
  return found.pathname + found.search;
}

async function refresh(url, { remember = false } = {}) {
  const number = ++fetching;
  let page;
  try {
    page = await fetchPage(url);
  } catch {
    say("The collector does not answer");
    return;
  }
  if (number !== fetching) return;
  at("results").replaceWith(document.adoptNode(page.getElementById("results")));
  adopt(page);
  if (remember) history.pushState(null, "", withOpen(url));
  if (paused) {
    paused = false;
  }
  connect();
  const opened = openEvent();
  if (opened) mark(document.querySelector(`tr[data-id="${CSS.escape(opened)}"] a`));
}

// the form keeps its fields, so that who types is not disturbed; what they offer is new
function adopt(page) {
  for (const id of ["narrowings", "exports", "remarks"]) at(id).replaceWith(document.adoptNode(page.getElementById(id)));
  // the tabs keep what pages share
  const tabs = document.querySelector("header nav");
  if (!tabs.contains(document.activeElement)) tabs.replaceWith(document.adoptNode(page.querySelector("header nav")));
  const articles = at("articles");
  if (!articles.contains(document.activeElement)) articles.replaceWith(document.adoptNode(page.getElementById("articles")));
  for (const select of form.querySelectorAll("select")) {
    if (select === document.activeElement) continue;
    const fresh = page.getElementById(select.id);
    if (!fresh) continue;
    const { value } = fresh;
    select.replaceChildren(...document.adoptNode(fresh).childNodes);
    select.value = value;
  }
  for (const field of form.querySelectorAll("input[type=date]")) {
    if (field !== document.activeElement) field.value = page.getElementById(field.id).value;
  }
  const search = page.getElementById("q");
  if (at("q") !== document.activeElement) at("q").value = search.value;
}

let typing;
form.addEventListener("input", (event) => {
  clearTimeout(typing);
  const { type, value } = event.target;
  if (type === "date" && value && value < "1970") return; // a year that is being typed
  typing = setTimeout(() => refresh(urlOfForm(), { remember: true }), event.target.id === "q" ? 250 : 0);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  refresh(urlOfForm(), { remember: true });
});
addEventListener("popstate", () => {
  if (location.pathname + location.search !== withOpen(viewUrl())) location.reload();
});

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const { target } = event;
  const link = target.closest("a");
  const row = target.closest("#rows tr");
  if (target.closest("#pause")) togglePause();
  else if (target.closest("#share")) copy(location.origin + withOpen(viewUrl()), "Link");
  else if (link?.dataset.remove || link?.closest("#results .foot, #results .strip, #chart")) {
    event.preventDefault();
    refresh(link.getAttribute("href"), { remember: true });
  } else if (row && !String(getSelection())) {
    event.preventDefault();
    showEvent(row.querySelector(".event a"));
  }
});
document.addEventListener("panel", () => history.replaceState(null, "", withOpen(location.href)));

function step(by) {
  const links = [...document.querySelectorAll("#rows .event a")];
  if (!links.length) return;
  const current = links.findIndex((link) => link.closest("tr").matches(":focus-within, .chosen"));
  const focused = links.indexOf(document.activeElement);
  const from = focused >= 0 ? focused : current;
  const next = links[from < 0 ? 0 : Math.max(0, Math.min(links.length - 1, from + by))];
  next.focus();
  next.closest("tr").scrollIntoView({ block: "nearest" });
  if (openEvent()) showEvent(next, { focus: false });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target === at("q")) at("q").blur();
  if (isTyping(event)) return;
  const inList = event.target.closest("#rows");
  if (event.key === "j" || (event.key === "ArrowDown" && inList)) step(1);
  else if (event.key === "k" || (event.key === "ArrowUp" && inList)) step(-1);
  else if (event.key === "p") togglePause();
  else return;
  event.preventDefault();
});

at("panel").addEventListener("click", (event) => {
  const link = event.target.closest(".links a");
  const href = link?.getAttribute("href");
  if (!href || !(href === "/" || href.startsWith("/?"))) return;
  event.preventDefault();
  closePanel();
  refresh(href, { remember: true });
});

const opened = openEvent();
if (opened) mark(document.querySelector(`tr[data-id="${CSS.escape(opened)}"] a`));
connect();
