// Before the page is drawn: the color scheme that the reader chose; "auto" follows the browser.
document.body.dataset.theme = localStorage.getItem("theme") || "auto";
