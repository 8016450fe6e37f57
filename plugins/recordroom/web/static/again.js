// A page that waits for something asks again by itself, and says what has come. Without scripts it has a link that does.
// What stands in [data-again] is read out, where its words are others; [data-beside] is kept up to date with it, and is not.
const place = document.querySelector("[data-again]");

async function look() {
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(place.id);
    if (answer.ok && fresh) {
      if (place.textContent !== fresh.textContent) place.replaceChildren(...fresh.childNodes);
      document.querySelectorAll("[data-beside]").forEach((one) => renew(one, page.getElementById(one.id)));
      if (!("again" in fresh.dataset)) return;
    }
  } catch {
    // the network was away for a moment
  }
  setTimeout(look, Number(place.dataset.again));
}

function renew(one, fresh) {
  const stoodHere = one.contains(document.activeElement);
  one.replaceChildren(...fresh.childNodes);
  if (stoodHere) one.focus();
}

if (place) setTimeout(look, Number(place.dataset.again));
