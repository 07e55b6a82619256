import { csrfToken, loggedOut } from "./client";
import { Problem } from "./problem";

type Upload = {
  /** 0 to 1, while the form is sent. */
  onSent?: (part: number) => void;
  /** The lines of the answer that are there, as they come. */
  onLines?: (lines: string[]) => void;
  signal?: AbortSignal;
};

/**
 * Posts a form and gives the answer's text, with word of how far it is and the lines of the answer as they come, which fetch tells nobody.
 * Throws problems.
 */
export function upload(path: string, form: FormData, { onSent, onLines, signal }: Upload = {}): Promise<string> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    let read = 0;
    const tellLines = () => {
      if (!onLines || request.status !== 200) return;
      const end = request.responseText.lastIndexOf("\n") + 1;
      if (end <= read) return;
      const lines = request.responseText.slice(read, end).split("\n").filter(Boolean);
      read = end;
      onLines(lines);
    };
    request.upload.onprogress = ({ loaded, total }) => onSent?.(total > 0 ? loaded / total : 0);
    request.upload.onload = () => onSent?.(1);
    request.onprogress = tellLines;
    request.onerror = () => fail(Problem.away());
    request.onabort = () => fail(new DOMException("Given up", "AbortError"));
    request.onload = () => {
      tellLines();
      if (request.status >= 200 && request.status < 300) return done(request.responseText);
      if (request.status === 401) loggedOut();
      let body: unknown = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // Whoever answered was not the server.
      }
      fail(Problem.of(request.status, body));
    };
    signal?.addEventListener("abort", () => request.abort());
    request.open("POST", path);
    const token = csrfToken();
    if (token) request.setRequestHeader("X-CSRF-Token", token);
    request.send(form);
  });
}
