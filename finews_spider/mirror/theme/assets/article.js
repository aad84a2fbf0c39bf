// Upstream's pictures come without words; a screen reader would read their file names out.
const article = document.querySelector("article");
for (const picture of article.querySelectorAll("img:not([alt])")) picture.alt = article.dataset.picture;
