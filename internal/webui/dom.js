// el makes an element. Attributes that are null or false, and such children, are left out.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value != null && value !== false) set(node, name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

// show makes wanted the content of parent. It changes only the nodes that differ, so that focus,
// selected text, transitions and screen readers notice only real changes. Elements that have a data-key
// are matched by it, other nodes by their position.
export function show(parent, wanted) {
  const keyed = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const staying = new Set(wanted.map((want) => want.dataset?.key));
  let next = parent.firstChild;
  const dropGone = () => {
    while (next?.dataset?.key && !staying.has(next.dataset.key)) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
  };
  for (const want of wanted) {
    const key = want.dataset?.key;
    if (key) dropGone(); // so that those after it need not move, which would take the focus from them
    const have = key ? keyed.get(key) : next;
    if (!have || have.nodeName !== want.nodeName || have.dataset?.key !== key) {
      parent.insertBefore(want, next);
      continue;
    }
    if (have === next) next = next.nextSibling;
    else parent.insertBefore(have, next);
    become(have, want);
  }
  while (next) {
    const extra = next;
    next = next.nextSibling;
    extra.remove();
  }
}

function become(have, want) {
  if (have.nodeType === Node.TEXT_NODE) {
    if (have.data !== want.data) have.data = want.data;
    return;
  }
  for (const { name } of [...have.attributes]) {
    if (!want.hasAttribute(name)) have.removeAttribute(name);
  }
  for (const { name, value } of want.attributes) {
    if (have.getAttribute(name) !== value) set(have, name, value);
  }
  show(have, [...want.childNodes]);
}

function set(node, name, value) {
  // The page's Content-Security-Policy refuses style as an attribute, but not as a property.
  if (name === "style") node.style.cssText = value;
  else node.setAttribute(name, value);
}
