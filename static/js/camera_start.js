// The phone's one large button: the next picture that is wanted, by the page's camera or the phone's.

document.querySelector("[data-start]").addEventListener("click", () => {
  const wanted = [...document.querySelectorAll(".slot:is(.is-wanted, .is-bad)")];
  const ways = wanted.map((slot) => slot.querySelector("[data-open], [data-pick]"));
  ways.find(Boolean)?.click();
});
