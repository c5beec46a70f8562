import { useEffect, useRef } from "preact/hooks";
import { renderMarkdown } from "../messages/markdown";

/** Sanitised Markdown, put in place by the DOM rather than by a string of HTML. */
export function Markdown({ text }: { text: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.replaceChildren(renderMarkdown(text));
  }, [text]);
  return <div class="markdown" ref={box} />;
}
