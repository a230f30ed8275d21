// Runs before the first paint so that a dark screen never flashes white.
(function () {
  var choice = "system";
  try {
    choice = localStorage.getItem("auterity.theme") || "system";
  } catch (error) {
    choice = "system";
  }
  var dark = choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
