// A tip that covers the text must go away without moving the pointer (WCAG 1.4.13).
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && window.tippy) {
    window.tippy.hideAll();
  }
});
