// Says how many articles have come while the page is open. It asks at most once a minute, and only while it is looked at.
const MINUTE = 60000;
const note = document.querySelector("#new");
const shown = new Set(Array.from(document.querySelectorAll(".rows a"), (link) => link.getAttribute("href")));
const root = document.querySelector(".top .name").getAttribute("href");
let asked = Date.now();

function show(urls) {
  const known = urls.map((url) => shown.has(root + url.slice(1)));
  const newer = known.lastIndexOf(true); // what follows was left out here because it is older
  const count = newer < 0 ? urls.length : known.slice(0, newer).filter((is) => !is).length;
  if (!count) return note.replaceChildren();
  const link = document.createElement("a");
  link.href = root;
  link.textContent = note.dataset[newer < 0 ? "more" : "one"].replace("%count", count);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    scrollTo(0, 0);
    location.reload(); // a link might show the copy that the browser keeps
  });
  note.replaceChildren(link);
}
async function ask() {
  if (document.hidden || Date.now() - asked < MINUTE) return;
  asked = Date.now();
  try {
    const answer = await fetch("latest/newest.json", { cache: "no-cache" });
    if (answer.ok) show((await answer.json()).home);
  } catch { /* no connection: the next minute tries again */ }
}
setInterval(ask, MINUTE);
document.addEventListener("visibilitychange", ask);
