// A page that waits for something asks again by itself, and says what has come. Without scripts it has a link that does.
const place = document.querySelector("[data-again]");

async function look() {
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(place.id);
    if (answer.ok && fresh && !("again" in fresh.dataset)) {
      place.replaceChildren(...fresh.childNodes);
      return;
    }
  } catch {
    // the network was away for a moment
  }
  setTimeout(look, Number(place.dataset.again));
}

if (place) setTimeout(look, Number(place.dataset.again));
