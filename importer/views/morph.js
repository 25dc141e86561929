// The kernel draws; this only brings the page to the drawing, node by node, so that nothing flickers,
// marked text stays marked, and a screen reader hears what changed and no more.

// A part of a drawing is a template that is still empty: its text is parsed only where the page shows another.
function element(node) {
  if (node.nodeName !== "TEMPLATE") return node;
  node.innerHTML = node.html;
  return Object.assign(node.content.firstElementChild, { html: node.html });
}

// What is new to the page, with all parts in it.
function whole(node) {
  const found = element(node);
  for (const place of found.querySelectorAll?.("template") ?? []) place.replaceWith(element(place));
  return found;
}

function morph(from, drawn) {
  if (drawn.html !== undefined && drawn.html === from.html) return;
  const to = element(drawn);
  if (from.nodeName !== to.nodeName) return from.replaceWith(whole(to));
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  from.html = to.html;
  const written = from.getAttribute("value");
  for (const { name } of [...from.attributes])
    if (!to.hasAttribute(name) && !(name === "open" && from.nodeName === "DETAILS")) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  const [old, now] = [[...from.childNodes], [...to.childNodes]];
  now.forEach((node, i) => (i < old.length ? morph(old[i], node) : from.append(whole(node))));
  old.slice(now.length).forEach((node) => node.remove());
  // What a person wrote lies beside the attribute, and gives way to what the kernel says anew.
  const typing = from.dataset?.typing && from === from.getRootNode().activeElement;
  if (from.nodeName === "INPUT" && !typing && written !== to.getAttribute("value")) from.value = to.value;
}
