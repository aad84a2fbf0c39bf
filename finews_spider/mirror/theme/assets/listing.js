// Says which of a list's pages this is, counted from the newest. The page can't have that itself, for its number grows.
const pages = document.querySelector(".pages");
async function read(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(answer.status);
  return answer;
}
async function place() {
  const { part, name } = pages.dataset;
  if (name) {
    const { parts } = await (await read("newest.json")).json();
    return [parts.indexOf(name) + 2, parts.length + 1];
  }
  const head = new DOMParser().parseFromString(await (await read("./")).text(), "text/html");
  const count = Number(head.querySelector(".pages")?.dataset.part);
  return [count - part + 1, count];
}
if (pages && !pages.querySelector("span")) {
  place().then(([number, count]) => {
    if (number < 2 || !(number <= count)) return;
    const span = document.createElement("span");
    span.textContent = `${number} / ${count}`;
    pages.children[1].append(span);
  }).catch(() => {}); // the links work without it
}
