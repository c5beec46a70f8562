import { FIELDS } from "../query/complete";
import { help } from "../state/overlays";
import { Overlay } from "./Overlay";

const KEYS: readonly { readonly title: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    title: "Anywhere",
    keys: [
      ["/", "search"],
      ["j k", "next, previous row"],
      ["Enter", "open"],
      ["Esc", "back"],
      ["y", "copy a link to what is shown"],
      ["Ctrl K", "command palette"],
      ["?", "this help"],
    ],
  },
  {
    title: "Traces",
    keys: [
      ["l", "live on and off"],
      ["drag", "zoom into a stretch of the histogram"],
      ["Shift click", "on a facet: this value too"],
      ["Alt click", "on a facet: not this value"],
    ],
  },
  {
    title: "Trace",
    keys: [
      ["[ ]", "previous, next trace of the list"],
      ["e", "next error"],
      ["n p", "next, previous LLM call"],
      ["h", "fold or unfold"],
      ["z", "zoom to the span, and back"],
      ["w c g r", "waterfall, conversation, graph, raw"],
    ],
  },
];

export function Help() {
  if (!help.value) return null;
  const close = () => {
    help.value = false;
  };
  return (
    <Overlay label="Keys and filter language" close={close} class="help">
      <div class="help-columns">
        {KEYS.map((group) => (
          <section key={group.title}>
            <h2>{group.title}</h2>
            <dl>
              {group.keys.map(([key, meaning]) => (
                <div key={key}>
                  <dt>
                    {key.split(" ").map((each) => (
                      <kbd key={each}>{each}</kbd>
                    ))}
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <section>
        <h2>Filter language</h2>
        <p class="quiet">
          Words are searched in all messages; quotes keep a phrase together. Terms must all hold: <code>-</code>{" "}
          excludes, <code>*</code> stands for any letters, <code>a|b</code> for one or the other.
        </p>
        <div class="help-fields">
          {FIELDS.map((field) => (
            <span key={field.text}>
              <code>{field.text}</code> <span class="quiet">{field.hint}</span>
            </span>
          ))}
        </div>
      </section>
    </Overlay>
  );
}
