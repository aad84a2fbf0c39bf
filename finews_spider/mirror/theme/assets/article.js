// The upstream's pictures have no alt text, so a screen reader would read their file names out.
const article = document.querySelector("article");
for (const picture of article.querySelectorAll("img:not([alt])")) picture.alt = article.dataset.picture;
// New browsers do this by default. In an old one, the page that a link opens could control this page.
for (const link of article.querySelectorAll("a[target]")) link.rel = "noopener";
