// Upstream's pictures come without words; a screen reader would read their file names out.
const article = document.querySelector("article");
for (const picture of article.querySelectorAll("img:not([alt])")) picture.alt = article.dataset.picture;
// Browsers of today take this for granted; older ones would let the page behind the link steer this one.
for (const link of article.querySelectorAll("a[target]")) link.rel = "noopener";
