// Lines of the list, from what the stream says, by the same template as the server's own.
const MOST = 500;
const SIDES = { client: "browser or app", server: "server", unknown: "unknown" };
const MOST_ENTITIES = 4;
const template = document.getElementById("row-template");
const chipTemplate = document.getElementById("chip-template");

function chip(text) {
  const element = chipTemplate.content.firstElementChild.cloneNode(true);
  element.textContent = text;
  return element;
}

function shorten(names) {
  const rest = names.length - MOST_ENTITIES;
  return rest > 0 ? [...names.slice(0, MOST_ENTITIES), `+${rest}`] : names;
}

export function rowOf(line) {
  const row = template.content.firstElementChild.cloneNode(true);
  const slot = (name) => row.querySelector(`[data-slot="${name}"]`);
  row.dataset.id = line.id;
  row.dataset.side = line.side;
  row.dataset.bad = line.reason ? "yes" : "no";
  for (const name of ["platform", "name", "detail", "reason", "page", "query", "title", "user", "app"]) {
    slot(name).textContent = line[name];
  }
  slot("side").textContent = ` ${SIDES[line.side]}`;
  slot("side").parentElement.dataset.side = line.side;
  for (const name of ["received", "happened"]) {
    slot(name).setAttribute("datetime", line[name]);
    slot(name).textContent = line[name].slice(0, 19).replace("T", " ").replace("Z", "");
    slot(name).title = `${line[name]} (UTC)`;
  }
  slot("happened").parentElement.dataset.known = line.happened ? "yes" : "no";
  slot("name").href = `/events/${Number(line.id)}`;
  slot("url").title = line.url;
  slot("title").title = line.title;
  slot("person").textContent = line.person.slice(0, 8);
  slot("person").title = line.person;
  slot("person").parentElement.dataset.known = line.person || line.user ? "yes" : "no";
  slot("hue").setAttribute("fill", `hsl(${Number(line.hue)} 60% 55%)`);
  row.querySelector(".entities").replaceChildren(...shorten(line.entities).map(chip));
  row.classList.add("fresh");
  return row;
}

// newest first; what is looked at stays
export function prepend(body, lines) {
  const shown = new Set([...body.children].map((row) => row.dataset.id));
  const rows = lines.filter((line) => !shown.has(String(line.id))).slice(-MOST).reverse().map(rowOf);
  body.prepend(...rows);
  for (const row of [...body.children].slice(MOST)) {
    if (!row.contains(document.activeElement)) row.remove();
  }
}
