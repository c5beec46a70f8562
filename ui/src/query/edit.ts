import { quote, type Term, terms } from "./terms";

export type Presence = "in" | "out" | null;

const says = (term: Term, field: string, value: string): boolean =>
  term.field === field && term.comparison === ":" && term.value === value;

/** Whether the query asks for this value, excludes it, or does not mention it. */
export function presence(query: string, field: string, value: string): Presence {
  const term = terms(query).find((each) => says(each, field, value));
  if (!term) return alternatives(query, field).includes(value) ? "in" : null;
  return term.negated ? "out" : "in";
}

/** Values of `field:a|b`, unquoted. */
function alternatives(query: string, field: string): string[] {
  const term = terms(query).find((each) => each.field === field && each.comparison === ":" && !each.negated);
  return term?.value.includes("|") ? term.value.split("|") : [];
}

/** Ask for `field:value`, or stop asking for it; any exclusion of it goes. */
export function toggle(query: string, field: string, value: string): string {
  const without = remove(query, field, value);
  return presence(query, field, value) === "in" ? without : append(without, `${field}:${quote(value)}`);
}

/** Exclude `field:value`, or stop excluding it. */
export function exclude(query: string, field: string, value: string): string {
  const without = remove(query, field, value);
  return presence(query, field, value) === "out" ? without : append(without, `-${field}:${quote(value)}`);
}

/** Also accept `value`: `field:a` becomes `field:a|value`. */
export function widen(query: string, field: string, value: string): string {
  if (presence(query, field, value) === "in") return remove(query, field, value);
  const term = terms(query).find((each) => each.field === field && each.comparison === ":" && !each.negated);
  if (!term) return toggle(query, field, value);
  return tidy(`${query.slice(0, term.end)}|${quote(value)}${query.slice(term.end)}`);
}

export const append = (query: string, term: string): string => tidy(`${query} ${term}`);

function remove(query: string, field: string, value: string): string {
  let result = query;
  for (const term of terms(query).reverse()) {
    if (says(term, field, value)) result = result.slice(0, term.start) + result.slice(term.end);
    else if (term.field === field && term.value.includes("|")) result = narrow(result, term, value);
  }
  return tidy(result);
}

function narrow(query: string, term: Term, value: string): string {
  const left = term.value.split("|").filter((each) => each !== value);
  return query.slice(0, term.valueStart) + left.map(quote).join("|") + query.slice(term.end);
}

const tidy = (query: string): string => {
  // Blanks inside quotes are part of a phrase: only those between terms are ours to tidy.
  const found = terms(query);
  return found.map((term) => query.slice(term.start, term.end)).join(" ");
};
