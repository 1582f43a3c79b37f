// Charts: the arrow keys, Home and End go from one part of time to another; the style sheet shows its values.
document.addEventListener("keydown", (event) => {
  const bucket = event.target.closest?.(".bucket");
  if (!bucket || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...bucket.parentElement.querySelectorAll(".bucket")];
  const place = all.indexOf(bucket);
  const next = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: all.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const chosen = all[Math.max(0, Math.min(all.length - 1, next))];
  for (const each of all) each.setAttribute("tabindex", "-1");
  chosen.setAttribute("tabindex", "0");
  chosen.focus({ focusVisible: true });
});
