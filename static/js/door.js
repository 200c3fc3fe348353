// The login and the unlock page: the other tabs of this browser must show nothing either.
// When one tab is open again, those that wait at the locked door follow it.

const tabs = new BroadcastChannel("shiming-idle");
const { door } = document.querySelector("[data-door]").dataset;

tabs.postMessage({ says: door });
tabs.addEventListener("message", ({ data }) => {
  if (data.says === "open") location.replace(document.querySelector("input[name=next]").value);
});
