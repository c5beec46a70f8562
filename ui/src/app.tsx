import { Help } from "./components/Help";
import { Palette } from "./components/Palette";
import { Notice } from "./components/states";
import { Top } from "./components/Top";
import { Health } from "./pages/Health";
import { Trace } from "./pages/Trace";
import { Traces } from "./pages/Traces";
import { EVERYTHING, follow, route } from "./state/route";
import { toast } from "./state/toast";

export function App() {
  return (
    <>
      <Page />
      <Help />
      <Palette />
      <div class="toast" role="status" aria-live="polite">
        {toast.value && <span>{toast.value}</span>}
      </div>
    </>
  );
}

function Page() {
  const here = route.value;
  switch (here.page) {
    case "traces":
      return <Traces route={here} />;
    case "trace":
      return <Trace route={here} />;
    case "health":
      return <Health />;
    default:
      return <Lost />;
  }
}

function Lost() {
  return (
    <div class="page">
      <Top />
      <main>
        <Notice
          title="There is no such page"
          action={
            <a href="/" onClick={(event) => follow(event, EVERYTHING)}>
              All traces
            </a>
          }
        >
          The address may have been shortened on its way here.
        </Notice>
      </main>
    </div>
  );
}
