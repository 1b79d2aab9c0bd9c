// Keeps what changes by itself up to date, once a second. What somebody is filling in is left alone.
const follow = async () => {
  try {
    const answer = await fetch("/", { cache: "no-store" });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const ids = (page) => [...page.querySelectorAll("article")].map((card) => card.id).join();
    if (ids(next) !== ids(document) && !document.querySelector("details[open]")) {
      document.querySelector("main").replaceWith(document.importNode(next.querySelector("main"), true));
      return;
    }
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = next.querySelector(`[data-live="${part.dataset.live}"]`);
      if (fresh && fresh.innerHTML !== part.innerHTML) {
        part.className = fresh.className;
        part.innerHTML = fresh.innerHTML;
      }
    }
  } catch {
    // The sandbox has ended or starts anew; the next round tells.
  } finally {
    setTimeout(follow, 1000);
  }
};
setTimeout(follow, 1000);
