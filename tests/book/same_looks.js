// Marks text that stands where the page puts it, with the same colours, size and weight as a text before it.
() => {
  const SIDES = ["top", "right", "bottom", "left"];
  const placed = (style) => style.position === "static" ||
    (style.position === "relative" && SIDES.every((side) => /^(auto|0px)$/.test(style[side])));
  const plain = (style) => placed(style) && style.float === "none" && style.transform === "none"
    && style.backgroundImage === "none" && style.textShadow === "none" && style.opacity === "1"
    && style.mixBlendMode === "normal" && style.filter === "none";
  const styles = new Map();
  // What an element's text stands on, of all colours behind it; nothing if one of them is no plain box.
  const ground = (element) => {
    if (!element || element === document.documentElement) return "";
    if (!styles.has(element)) {
      const style = getComputedStyle(element), below = ground(element.parentElement);
      const main = element.closest("main") === element;
      const none = style.backgroundColor === "rgba(0, 0, 0, 0)";
      const own = none ? "" : `${style.backgroundColor};`;
      styles.set(element, below === null || !(main || plain(style)) ? null : below + own);
    }
    return styles.get(element);
  };
  const seen = new Set();
  for (const element of document.querySelectorAll("main article *")) {
    element.removeAttribute("data-same");
    const behind = element.checkVisibility() ? ground(element) : null;
    if (behind === null) continue;
    const style = getComputedStyle(element);
    const looks = [element.tagName, behind, style.color, style.fontSize, style.fontWeight].join("|");
    if (seen.has(looks)) element.dataset.same = "";
    seen.add(looks);
  }
  axe.configure({rules: [{id: "color-contrast", selector: "*:not([data-same])"}]});
  return document.querySelectorAll("[data-same]").length;
}
