// What every page has: buttons that copy, forms that need no button, charts that the keys go through.
import "./chart.js";

const toast = document.getElementById("toast");
let fading;

export function say(words) {
  toast.textContent = words;
  clearTimeout(fading);
  fading = setTimeout(() => { toast.textContent = ""; }, 2500);
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} copied`);
  } catch {
    // browsers refuse where the page is no secure context, or nobody clicked
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    say(done ? `${what} copied` : "The browser does not let this page copy");
  }
}

export function isTyping(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea");
}

export async function fetchPage(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  if (source) copy(source.textContent, button.textContent.replace("Copy as ", "").trim());
});

document.querySelector("form.filters")?.addEventListener("change", (event) => {
  const { type, value } = event.target;
  if (type === "date" && value && value < "1970") return; // a year that is being typed
  event.currentTarget.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || isTyping(event)) return;
  const field = document.querySelector("#filters input, #filters select");
  if (!field) return;
  event.preventDefault();
  field.focus();
});
