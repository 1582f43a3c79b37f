// Journeys: the newest part of each is in view, arrows go from event to event, a click shows one.
import { isTyping } from "./page.js";
import { openEvent, showEvent } from "./panel.js";

for (const track of document.querySelectorAll(".track")) {
  const scroller = track.parentElement;
  scroller.scrollLeft = scroller.scrollWidth;
  // one stop for the tab key in each track
  [...track.querySelectorAll("a")].reverse().forEach((link, place) => link.setAttribute("tabindex", place ? "-1" : "0"));
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest(".track a, .steps a");
  if (!link) return;
  event.preventDefault();
  showEvent(link);
});

function linksOf(element) {
  return [...element.closest(".track, .steps").querySelectorAll("a")];
}

document.addEventListener("keydown", (event) => {
  const link = event.target.closest(".track a, .steps a");
  if (!link || isTyping(event)) return;
  const by = { ArrowRight: 1, ArrowDown: 1, j: 1, ArrowLeft: -1, ArrowUp: -1, k: -1 }[event.key];
  if (event.key === "Enter") {
    event.preventDefault();
    showEvent(link);
  }
  if (!by) return;
  event.preventDefault();
  const links = linksOf(link);
  const next = links[Math.max(0, Math.min(links.length - 1, links.indexOf(link) + by))];
  if (link.closest(".track")) {
    link.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
  }
  next.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (openEvent()) showEvent(next, { focus: false });
});
