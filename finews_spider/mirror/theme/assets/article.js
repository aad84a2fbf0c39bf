// What a script adds to an article. The page can be read without it.
const article = document.querySelector("article");
const body = article.querySelector(".body");

// The upstream's pictures have no alt text, so a screen reader would read their file names out.
for (const picture of body.querySelectorAll("img:not([alt])")) picture.alt = article.dataset.picture;

// New browsers do this by default. In an old one, the page that a link opens could control this page.
for (const link of body.querySelectorAll("a[target]")) link.rel = "noopener";

// In place of a picture that can't be loaded, words in a box of its size, so that the text stays where it is.
const lose = picture => {
  const box = document.createElement("span");
  box.className = "lost";
  box.textContent = article.dataset.lost;
  const [width, height] = ["width", "height"].map(name => /^\d+/.exec(picture.getAttribute(name)));
  if (width && height) Object.assign(box.style, {width: `${width}px`, aspectRatio: `${width} / ${height}`});
  picture.replaceWith(box);
};
for (const picture of body.querySelectorAll("img:not(.em_handle_adv_close)")) {
  if (picture.complete && !picture.naturalWidth) lose(picture);
  else picture.addEventListener("error", () => lose(picture), {once: true});
}

// A table that is wider than the page scrolls in a box of its own, also by the keyboard, and its edge shows that there is more.
const watchWidth = box => {
  const update = () => {
    const hidden = box.scrollWidth - box.clientWidth;
    box.classList.toggle("before", box.scrollLeft > 1);
    box.classList.toggle("after", box.scrollLeft < hidden - 1);
    if (hidden > 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  };
  box.addEventListener("scroll", update, {passive: true});
  new ResizeObserver(update).observe(box);
};
for (const table of body.querySelectorAll("table:not(table table)")) {
  const box = document.createElement("div");
  box.className = "wide";
  box.role = "group";
  box.ariaLabel = article.dataset.table;
  table.replaceWith(box);
  box.append(table);
  watchWidth(box);
}

// The stocks that only the upstream's list named, and the names of stocks for which the article gives none.
const named = article.querySelector(".named");
const read = async url => {
  const answer = await fetch(url);
  return answer.ok ? answer.json() : {};
};
const nameOf = path => path.split("/").at(-1).replace(/\.html$/, "");
const ownName = nameOf(location.pathname);
const codeOf = link => decodeURIComponent(link.pathname.split("/").at(-2));
const nameStocks = async () => {
  const listed = (await read(named.dataset.day))[ownName] ?? [];
  const shown = new Set([...named.children].map(codeOf));
  const links = [...named.children].filter(link => link.firstChild === link.lastChild);
  for (const code of listed.filter(code => !shown.has(code))) {
    const link = document.createElement("a");
    link.href = `${named.dataset.stocks}${code}/`;
    const number = document.createElement("small");
    number.textContent = code.slice(code.indexOf(".") + 1);
    link.append(number);
    links.push(link);
  }
  const files = [...new Set(links.map(link => codeOf(link).replace(/(\..{1,3}).*/, "$1")))];
  const names = Object.assign({}, ...await Promise.all(files.map(file => read(`${named.dataset.stocks}names/${file}.json`))));
  // The text below stays where it is: stocks in a line of their own scroll sideways, more of them scroll down.
  named.style.maxHeight = `${named.offsetHeight}px`;
  named.classList.toggle("line", !shown.size);
  for (const link of links) {
    if (names[codeOf(link)]) link.prepend(`${names[codeOf(link)]} `);
    if (!link.isConnected) named.append(link);
  }
  // Links to quotes that the layout left.
  const pages = new Map([...named.children].map(link => [codeOf(link), link.href]));
  for (const link of body.querySelectorAll('a[href*="/unify/r/"]:not(.EmImageRemark)')) {
    const page = pages.get(link.pathname.split("/").at(-1).toUpperCase());
    if (page) Object.assign(link, {href: page, target: ""});
  }
};
nameStocks().catch(() => {});  // without the network, the page stays as it is

// The other articles of the story. A post can't name them, for they may come later.
const also = document.querySelector(".also");
const shownTime = {month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Shanghai"};
const element = (tag, text) => Object.assign(document.createElement(tag), {textContent: text});
const linkTo = (url, text) => Object.assign(element("a", text), {href: also.dataset.root + url.slice(1)});
const nameReprints = async () => {
  const stories = Object.entries(await read(also.dataset.day));
  const [story, posts] = stories.find(([, posts]) => posts.some(([, url]) => nameOf(url) === ownName)) ?? [];
  if (!story) return;
  const list = element("ol", "");
  list.role = "list";
  for (const [time, url, publication] of posts.filter(([, url]) => nameOf(url) !== ownName)) {
    const row = element("li", "");
    const shown = element("time", new Date(time).toLocaleString(document.documentElement.lang, shownTime));
    shown.dateTime = time;
    row.append(linkTo(url, publication), " ", shown);
    if (/\d*$/.exec(nameOf(url))[0] === story) {
      row.append(" ", element("small", also.dataset.first));
      const mark = document.querySelector(".reprint");
      mark?.replaceChildren(linkTo(url, mark.textContent));
    }
    list.append(row);
  }
  also.append(element("h2", also.getAttribute("aria-label")), list);
  also.hidden = false;
};
nameReprints().catch(() => {});
