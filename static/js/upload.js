/* [data-upload]: a file field for people without our composer (portal): drop area, list of chosen files, sizes checked before sending.
   Inside: input[type=file], [data-upload-list]; data-max-bytes, data-max-files; data-upload-pictures shows pictures as such. The form posts
   the files itself; `files` is fired when one was taken out. */

import { attach, all, announce, on } from "./attach.js";
import { t } from "./texts.js";
import { iconNode, toast } from "./toast.js";

export function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  let value = bytes, unit = 0;
  while (value >= 1000 && unit < 3) { value /= 1024; unit += 1; }
  return `${new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: value < 10 && unit ? 1 : 0 }).format(value)} ${units[unit]}`;
}

/* the picture itself, small; its address is given back once it is drawn */
function picture(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  image.alt = file.name;
  const done = () => URL.revokeObjectURL(image.src);
  image.addEventListener("load", done);
  image.addEventListener("error", done);
  return image;
}

attach("[data-upload]", (box) => {
  const input = box.querySelector("input[type=file]"), list = box.querySelector("[data-upload-list]");
  const limit = Number(box.dataset.maxBytes) || 20 * 1024 * 1024, most = Number(box.dataset.maxFiles) || 10;
  const pictures = box.hasAttribute("data-upload-pictures");
  let files = [];
  function put() {
    const transfer = new DataTransfer();
    files.forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
    list?.replaceChildren(...files.map((file, index) => {
      const chip = document.createElement("span");
      chip.className = "file";
      const name = document.createElement("span");
      name.className = "file-name";
      name.textContent = file.name;
      const bytes = document.createElement("span");
      bytes.className = "file-size";
      bytes.textContent = size(file.size);
      const remove = document.createElement("button");
      remove.type = "button";
      remove.setAttribute("aria-label", t("file.remove", { name: file.name }));
      remove.append(iconNode("x"));
      remove.addEventListener("click", () => { files.splice(index, 1); put(); input.focus(); input.dispatchEvent(new Event("files", { bubbles: true })); });
      if (pictures && file.type.startsWith("image/")) chip.append(picture(file), remove);
      else chip.append(iconNode(file.type.startsWith("image/") ? "photo" : "file-text"), name, bytes, remove);
      return chip;
    }));
  }
  function add(added) {
    for (const file of added) {
      if (file.size > limit) toast(t("file.too_large", { name: file.name, limit: size(limit) }), { kind: "error" });
      else if (files.length < most) { files.push(file); announce(t("file.attached", { name: file.name })); }
      else { toast(t("file.too_many", { n: most }), { kind: "error" }); break; }
    }
    put();
  }
  return all(
    on(input, "change", () => add([...input.files].filter((f) => !files.includes(f)))),
    on(box, "dragover", (event) => { event.preventDefault(); box.dataset.drop = ""; }),
    on(box, "dragleave", (event) => { if (!box.contains(event.relatedTarget)) delete box.dataset.drop; }),
    on(box, "drop", (event) => { event.preventDefault(); delete box.dataset.drop; add([...event.dataTransfer.files]); }),
  );
});
