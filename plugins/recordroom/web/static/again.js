// A page that waits for something reloads its state by itself. Without scripts, a link on the page does the same.
// A change in [data-again] is read out; [data-beside] is updated with it, and is not read out.
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
    // the network was unreachable for a moment
  }
  setTimeout(look, Number(place.dataset.again));
}

function renew(one, fresh) {
  const stoodHere = one.contains(document.activeElement);
  one.replaceChildren(...fresh.childNodes);
  if (stoodHere) one.focus();
}

if (place) setTimeout(look, Number(place.dataset.again));
