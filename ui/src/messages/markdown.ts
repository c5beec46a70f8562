import DOMPurify from "dompurify";
import { Marked, type Tokens } from "marked";

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => ESCAPES[char]!);

/**
 * Tags in a prompt are words for the model (`<document>`, `<policy>`), not markup for us: they are shown as written.
 * Pictures elsewhere on the network are named, never fetched.
 */
const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
    image: ({ href, text }: Tokens.Image) =>
      href.startsWith("data:image/")
        ? `<img alt="${escaped(text)}" src="${escaped(href)}">`
        : `[${escaped(text || "image")}: ${escaped(href)}]`,
  },
});

DOMPurify.addHook("afterSanitizeAttributes", (element) => {
  if (element.tagName !== "A") return;
  element.setAttribute("target", "_blank");
  element.setAttribute("rel", "noopener noreferrer");
});

export function renderMarkdown(text: string): DocumentFragment {
  const html = marked.parse(text, { async: false });
  return DOMPurify.sanitize(html, {
    RETURN_DOM_FRAGMENT: true,
    FORBID_ATTR: ["style", "class", "id"],
    FORBID_TAGS: ["style", "form"],
  });
}
