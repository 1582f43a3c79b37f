// The side panel: an event's own page, shown beside what it was chosen from.
import { fetchPage, say } from "./page.js";

const panel = document.getElementById("panel");
let opener;
let wanted = 0;

export const openEvent = () => (panel.hidden ? null : panel.querySelector("article")?.dataset.id ?? null);

export async function showEvent(link, { focus = true } = {}) {
  const number = ++wanted;
  let page;
  try {
    page = await fetchPage(link.href?.baseVal ?? link.href);
  } catch {
    say("The collector does not answer");
    return;
  }
  if (number !== wanted) return; // another one was chosen meanwhile
  opener = link;
  mark(link);
  const content = page.querySelector("main > article");
  if (!content) {
    say("This event is gone");
    return;
  }
  panel.replaceChildren(document.adoptNode(content));
  panel.hidden = false;
  panel.scrollTop = 0;
  if (focus) panel.querySelector("h2")?.focus();
  panel.dispatchEvent(new CustomEvent("panel", { bubbles: true }));
}

export function closePanel() {
  if (panel.hidden) return;
  wanted += 1;
  panel.hidden = true;
  panel.replaceChildren();
  mark(null);
  if (opener?.isConnected) opener.focus();
  panel.dispatchEvent(new CustomEvent("panel", { bubbles: true }));
}

export function mark(link) {
  for (const element of document.querySelectorAll(".chosen")) element.classList.remove("chosen");
  link?.closest("tr, .track a, li")?.classList.add("chosen");
}

panel.addEventListener("click", (event) => {
  if (!event.target.closest("#close")) return;
  event.preventDefault();
  closePanel();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden) closePanel();
});
