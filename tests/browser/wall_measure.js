// What a person sees of the shown scene, measured: every text with its place, type and colours, every box it may hit.
() => {
  const shown = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: false });
  const area = ({ left, top, right, bottom }) => [left, top, right, bottom];
  const pencil = document.createElement("canvas").getContext("2d");
  const zoom = document.querySelector("#ioc-wall .stage").zoom;

  function ground(node) {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!colour.endsWith(", 0)")) return colour;
    }
    return "rgb(255, 255, 255)";
  }

  function capital(style) {
    pencil.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    return pencil.measureText("H").actualBoundingBoxAscent * zoom;
  }

  const texts = [];
  const walker = document.createTreeWalker(document.querySelector("#ioc-wall"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const holder = node.parentElement;
    if (!node.data.trim() || !shown(holder)) continue;
    const scene = holder.closest(".scene");
    if (scene && !scene.hasAttribute("data-shown")) continue;
    const style = getComputedStyle(holder);
    const range = document.createRange();
    range.selectNodeContents(node);
    // Lines stand closer than a font's own ascent and descent: a seventh of the type is air.
    const air = (parseFloat(style.fontSize) * zoom) / 7;
    const rects = [...range.getClientRects()].filter((rect) => rect.width > 0);
    const block = holder.closest(".block") ?? holder.closest(".scene") ?? document.querySelector("#ioc-wall");
    const svg = holder instanceof SVGElement;
    texts.push({
      text: node.data,
      kind: holder.closest(".t-head, .t-read, .t-small")?.classList.value.match(/t-(head|read|small)/)[1] ?? null,
      lines: rects.map((rect) => [rect.left, rect.top + air, rect.right, rect.bottom - air]),
      room: area(block.getBoundingClientRect()),
      capital: capital(style),
      family: document.fonts.check(`${style.fontWeight} ${style.fontSize} "Wall"`, "Ủ") && style.fontFamily.startsWith("Wall"),
      colour: svg ? style.fill : style.color,
      ground: svg ? getComputedStyle(document.querySelector("#ioc-wall")).backgroundColor : ground(holder),
      holder,
    });
  }
  const boxes = [...document.querySelectorAll(".scene[data-shown] :is(.chip, .worst, .track, .column-fill, .piece, .cell, .disc, .swatch, .shape, .dot, .block)")];
  const hits = [];
  for (const box of boxes.filter(shown)) {
    const rect = box.getBoundingClientRect();
    for (const text of texts) {
      if (box.contains(text.holder) || text.holder.contains(box) || rect.width === 0 || rect.height === 0) continue;
      if (box.matches(".disc") && text.holder.matches("text")) continue;
      const hit = text.lines.some(([left, top, right, bottom]) =>
        left < rect.right - 1 && right > rect.left + 1 && top < rect.bottom - 1 && bottom > rect.top + 1);
      if (hit) hits.push(`${text.text} × ${box.getAttribute("class")}`);
    }
  }
  return {
    texts: texts.map(({ holder, ...rest }) => rest),
    hits,
    left_out: document.querySelectorAll(".scene[data-shown] .left-out").length,
    scrolls: [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight],
  };
}
