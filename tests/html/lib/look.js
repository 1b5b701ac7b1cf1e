// What is wrong with a page as it is shown now: a list of sentences, empty when nothing is.
// Runs in the debugger, not in the page's own name.
(() => {
  const faults = [];
  const say = text => { if (!faults.includes(text)) faults.push(text); };
  const wide = document.documentElement.clientWidth;
  const short = text => JSON.stringify(text.trim().slice(0, 40));
  const isHidden = node => node.closest('caption, .unseen, title, desc, style, head') !== null;

  // --- nothing sticks out, the page does not scroll sideways ---
  if (document.documentElement.scrollWidth > wide)
    say(`the page is ${document.documentElement.scrollWidth} wide, the window ${wide}`);
  for (const e of document.body.querySelectorAll('*')) {
    if (isHidden(e) || (e.closest('.scroll') && !e.matches('.scroll'))) continue;
    const box = e.getBoundingClientRect();
    if (box.width > 0 && (box.right > wide + 1 || box.left < -1))
      say(`<${e.tagName}> ${short(e.textContent)} reaches from ${box.left} to ${box.right}`);
    const style = getComputedStyle(e);
    if (style.overflowX === 'hidden' && !(e instanceof SVGElement) && e.scrollWidth > e.clientWidth)
      say(`<${e.tagName}> ${short(e.textContent)} is cut off`);
  }

  // --- boxes of text: none on another, none outside its picture ---
  const boxes = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || isHidden(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1) continue;
      boxes.push({box, node});
      const svg = parent.closest('svg');
      if (!svg) continue;
      const frame = svg.getBoundingClientRect();
      if (box.left < frame.left - 1 || box.right > frame.right + 1 ||
          box.top < frame.top - 2 || box.bottom > frame.bottom + 2)
        say(`${short(node.data)} leaves its picture`);
    }
  }
  boxes.sort((a, b) => a.box.top - b.box.top);
  for (let i = 0; i < boxes.length; i++) {
    for (let k = i + 1; k < boxes.length && boxes[k].box.top < boxes[i].box.bottom; k++) {
      const a = boxes[i].box, b = boxes[k].box;
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      // Lines of one paragraph share a little of their height.
      if (boxes[i].node !== boxes[k].node && across > 1 && down > 4)
        say(`${short(boxes[i].node.data)} lies on ${short(boxes[k].node.data)}`);
    }
  }

  // --- contrast (WCAG 2.1, 1.4.3 and 1.4.11) ---
  const parse = text => (text.match(/[\d.]+/g) || []).map(Number);
  const light = text => {
    const [r, g, b] = parse(text).map(v => v / 255).map(
      v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const isOpaque = text => text !== 'none' && (parse(text).length === 3 || parse(text)[3] === 1);
  const behind = e => {
    for (let at = e; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (isOpaque(color)) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const page = getComputedStyle(document.body).backgroundColor;
  for (const {node, box} of boxes) {
    const parent = node.parentElement;
    const style = getComputedStyle(parent);
    let front = style.color, back = behind(parent);
    const svg = parent.closest('svg');
    if (svg) {
      front = style.fill;
      const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
      for (const rect of svg.querySelectorAll('rect')) {
        if (rect.compareDocumentPosition(parent) & Node.DOCUMENT_POSITION_PRECEDING) break;
        const frame = rect.getBoundingClientRect(), fill = getComputedStyle(rect).fill;
        if (isOpaque(fill) && frame.left <= x && frame.right >= x && frame.top <= y && frame.bottom >= y)
          back = fill;
      }
    }
    if (ratio(front, back) < 4.5)
      say(`${short(node.data)}: ${front} on ${back} has a contrast of ${ratio(front, back).toFixed(2)}`);
    if (parseFloat(style.fontSize) < 11)
      say(`${short(node.data)}: letters of ${style.fontSize}`);
  }
  const grounds = [page, ...[...document.querySelectorAll('rect.range')].map(e => getComputedStyle(e).fill)];
  for (const e of document.querySelectorAll('.tick, .bar.answered, .bar.silent, .bar.refused, .mark, .blame, .axis')) {
    const style = getComputedStyle(e), color = style.stroke !== 'none' ? style.stroke : style.fill;
    for (const ground of new Set(grounds)) {
      if (ratio(color, ground) < 3)
        say(`.${e.getAttribute('class')}: ${color} on ${ground} has a contrast of ${ratio(color, ground).toFixed(2)}`);
    }
  }
  return faults;
})()
