// States that the page already holds in words: show the one [data-when] that is meant.

/** Show `state` within `root`; fill [data-NAME] inside with the texts given. */
export function only(root, state, texts = {}) {
  for (const block of root.querySelectorAll("[data-when]")) {
    block.hidden = block.dataset.when !== state;
    if (block.hidden) continue;
    for (const [name, text] of Object.entries(texts)) {
      const place = block.querySelector(`[data-${name}]`);
      if (place) place.textContent = text;
    }
  }
}
