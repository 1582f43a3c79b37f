// Moments come in UTC; people read them in their own time, and find UTC in the title.
const formats = {
  short: new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }),
  date: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }),
  band: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }),
};
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false,
});

export function showTime(element) {
  const text = element.getAttribute("datetime");
  const moment = new Date(text);
  if (!text || Number.isNaN(moment.getTime())) return;
  element.textContent = (formats[element.dataset.format] ?? clock).format(moment);
  element.title = `${text} (UTC)`;
}

export function showTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) showTime(element);
  for (const element of root.querySelectorAll("[data-datetime]")) {
    element.textContent = formats.band.format(new Date(element.dataset.datetime));
  }
}
