/* Requests to our own server with the CSRF token, and errors in words a person can use. */

import { t } from "./texts.js";

export function csrfToken() {
  try { return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || ""; } catch { return ""; }
}

/** What to tell a person about a failed answer; status 0 is no answer at all. */
export function errorText(status) {
  const key = { 0: "network", 401: "signed_out", 403: "forbidden", 404: "gone", 410: "gone", 409: "conflict", 412: "conflict", 413: "too_large", 429: "busy" }[status];
  return t(`error.${key || "server"}`);
}

export class AnswerError extends Error {
  constructor(status, data) { super((data && (data.detail || data.message)) || errorText(status)); this.status = status; this.data = data; }
}

/** JSON in, JSON out. Throws AnswerError, with status 0 when the network failed. */
export async function request(url, { method = "GET", body, signal, keepalive } = {}) {
  const headers = { Accept: "application/json", "X-Requested-With": "fetch" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  let payload = body;
  if (body && !(body instanceof FormData)) { headers["Content-Type"] = "application/json"; payload = JSON.stringify(body); }
  let answer;
  try {
    answer = await fetch(url, { method, headers, body: payload, signal, keepalive, credentials: "same-origin", redirect: "follow" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new AnswerError(0);
  }
  const isJson = (answer.headers.get("Content-Type") || "").includes("json");
  const data = answer.status === 204 ? null : isJson ? await answer.json() : await answer.text();
  if (!answer.ok) throw new AnswerError(answer.status, isJson ? data : null);
  return data;
}

/** Upload one file with progress (fetch cannot tell it). Resolves with the JSON answer. */
export function upload(url, file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, file.name || "image.png");
    call.open("POST", url);
    call.setRequestHeader("X-CSRFToken", csrfToken());
    call.setRequestHeader("Accept", "application/json");
    call.responseType = "json";
    call.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    call.onload = () => (call.status < 300 ? resolve(call.response) : reject(new AnswerError(call.status, call.response)));
    call.onerror = () => reject(new AnswerError(0));
    signal?.addEventListener("abort", () => call.abort());
    call.send(form);
  });
}
