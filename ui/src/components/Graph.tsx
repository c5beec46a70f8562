import * as trace from "../state/trace";

export function Graph() {
  return <p class="quiet padded">{trace.order.value.length}</p>;
}
