// Keys on every page: j and k go through the rows of a list, o opens, / searches, ? shows this help.
const ROW = ".rows a, .stocks a";
const help = document.querySelector("#keys");
const root = document.querySelector(".top .name").getAttribute("href");

function step(by) {
  const links = [...document.querySelectorAll(ROW)].filter((link) => !link.closest("details:not([open])"));
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? links.findIndex((link) => link.getBoundingClientRect().top >= 0) : at + by;
  const link = links[Math.min(Math.max(next, 0), links.length - 1)];
  link?.focus({ preventScroll: true });
  link?.scrollIntoView({ block: "nearest" });
}
function search() {
  const field = document.querySelector("input[type=search]");
  if (field) field.focus();
  else location.assign(`${root}search/`);
}
const keys = {
  j: () => step(1),
  k: () => step(-1),
  o: () => document.activeElement.matches(ROW) && document.activeElement.click(),
  "/": search,
  "?": () => help?.showModal(),
};
document.addEventListener("keydown", (event) => {
  const writes = event.target.closest("input, textarea, select, [contenteditable]");
  if (writes || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help?.open) return;
  if (!Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});
