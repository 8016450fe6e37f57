// A search page shows its records first, and then requests the facets, whose counts take longer. Without scripts, or
// if the request fails, a link in their place leads to a page that has both.
const aside = document.querySelector("[data-facets]");

async function load() {
  aside.ariaBusy = "true";
  try {
    const answer = await fetch(aside.dataset.facets);
    // a redirect leads to the page for signing in
    if (answer.ok && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      aside.replaceChildren(...page.body.childNodes);
      delete aside.dataset.facets;
    }
  } catch {
    // the network was unreachable: the link stays
  } finally {
    aside.ariaBusy = null;
  }
}

if (aside) load();
