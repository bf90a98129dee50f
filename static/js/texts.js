/* Words of the interface, translated on the server: `t("list.new_many", { n: 3 })`. */

let words;

export function t(key, values = {}) {
  words ??= JSON.parse(document.getElementById("ui-texts")?.textContent || "{}");
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const language = () => document.documentElement.lang || "en";
export const zone = () => document.documentElement.dataset.timezone || undefined;
