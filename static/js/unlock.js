// Another tab of this browser was unlocked: this one follows.

new BroadcastChannel("shiming-idle").addEventListener("message", ({ data }) => {
  if (data === "open") location.replace(document.querySelector("input[name=next]").value);
});
