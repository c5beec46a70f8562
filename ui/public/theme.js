// Runs before the first paint, so that a remembered theme never flashes the other one.
(() => {
  try {
    const theme = localStorage.getItem("limelight.theme");
    if (theme === '"dark"' || theme === '"light"') document.documentElement.dataset.theme = JSON.parse(theme);
  } catch {
    // Storage is switched off: the system's preference applies.
  }
})();
