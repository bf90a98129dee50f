/* Pictures in a dialog: any [data-viewer="group"] with data-src (full size) and data-name opens it; arrows walk through the group,
   a click shows the actual size, Escape closes. One dialog is made on first use. */

import { attach, on } from "./attach.js";
import { t } from "./texts.js";
import { iconNode } from "./toast.js";

let dialog, group = [], at = 0;

function button(icon, label, action, css) {
  const node = document.createElement("button");
  node.type = "button";
  node.className = `btn btn-icon ${css || ""}`;
  node.setAttribute("aria-label", label);
  node.title = label;
  node.append(iconNode(icon));
  node.addEventListener("click", action);
  return node;
}

function show(index) {
  at = (index + group.length) % group.length;
  const { src, name } = group[at].dataset;
  const image = dialog.querySelector("img");
  delete dialog.dataset.zoom;
  image.src = src;
  image.alt = name || "";
  dialog.querySelector(".viewer-name").textContent = name || "";
  const link = dialog.querySelector("a");
  link.href = src;
  link.download = name || "";
  dialog.querySelector(".viewer-count").textContent = t("viewer.count", { n: at + 1, all: group.length });
  dialog.querySelectorAll(".viewer-prev, .viewer-next").forEach((node) => { node.hidden = group.length < 2; });
}

function make() {
  dialog = document.createElement("dialog");
  dialog.className = "viewer";
  dialog.setAttribute("aria-label", t("viewer.title"));
  const bar = document.createElement("div");
  bar.className = "viewer-bar";
  const name = document.createElement("span");
  name.className = "viewer-name clip";
  const link = document.createElement("a");
  link.className = "btn btn-icon";
  link.setAttribute("aria-label", t("viewer.download"));
  link.append(iconNode("download"));
  const zoom = () => { if (dialog.dataset.zoom === undefined) dialog.dataset.zoom = ""; else delete dialog.dataset.zoom; };
  bar.append(name, button("zoom-in", t("viewer.zoom"), zoom), link, button("x", t("viewer.close"), () => dialog.close()));
  const stage = document.createElement("div");
  stage.className = "viewer-stage";
  const image = document.createElement("img");
  image.alt = "";
  image.addEventListener("click", zoom);
  stage.append(image);
  const count = document.createElement("div");
  count.className = "viewer-count";
  count.setAttribute("aria-live", "polite");
  dialog.append(bar, stage, count, button("chevron-left", t("viewer.prev"), () => show(at - 1), "viewer-prev"), button("chevron-right", t("viewer.next"), () => show(at + 1), "viewer-next"));
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") show(at + 1);
    else if (event.key === "ArrowLeft") show(at - 1);
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", (event) => { if (event.target === stage) dialog.close(); });
  document.body.append(dialog);
}

attach("[data-viewer]", (opener) => on(opener, "click", (event) => {
  event.preventDefault();
  if (!dialog) make();
  group = [...document.querySelectorAll(`[data-viewer="${CSS.escape(opener.dataset.viewer)}"]`)];
  show(group.indexOf(opener));
  dialog.showModal();
}));
