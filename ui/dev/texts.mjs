// Words for the development data: made up, deterministic, long enough to test layout.
export const QUESTIONS = [
  "Where is my order 48213? It was due on Tuesday and the tracking page shows nothing.",
  "Summarise the attached incident report in five bullet points for the weekly review.",
  "Which of our suppliers raised prices by more than 8 % this quarter?",
  "Write a polite refusal for a refund request that came in 94 days after purchase.",
  "Translate the release notes to German and keep every product name as it is.",
  "Why does `asyncio.gather` swallow my second exception? Here is the traceback …",
  "Plan a three-day visit to Porto in March for two adults and a child of six.",
  "Is the invoice in the picture payable? Check amount, date and tax number.",
  "Find the clause about early termination and say how much notice we must give.",
  "Classify this ticket: “The app closes itself as soon as I tap on *Export*.”",
];

export const ANSWERS = [
  "Your order left the warehouse on Thursday and is now with the carrier; it should reach you tomorrow before noon.",
  "Two suppliers did: Halden Pack (+11.4 %) and Brisk Freight (+9.1 %). All others stayed below 5 %.",
  "The notice period is ninety days to the end of a quarter, in writing; see clause 14.2.",
  "category: crash · component: export · priority: high",
  "Because `gather` cancels nothing by default: the first exception is raised, the rest stay on their tasks.",
];

export const MARKDOWN = `## What happened

The **export worker** ran out of file handles at 02:14. Three things came together:

1. The nightly job opens one handle per customer and closes none of them.
2. The limit was lowered from 65,536 to 4,096 with last week's base image.
3. The retry loop had no upper bound, so it tried *again and again*.

| time | event | handles |
|---|---|---:|
| 02:00 | job starts | 212 |
| 02:09 | first warning | 3,870 |
| 02:14 | limit reached | 4,096 |

\`\`\`python
with open(path, "rb") as source:
    for chunk in iter(lambda: source.read(65_536), b""):
        target.write(chunk)
\`\`\`

> The fix is one line; the lesson is that the limit should have been an alert.

See [the runbook](https://example.test/runbook) and <document id="7">the attached log</document>.
`;

export const SYSTEM =
  "You are the support assistant of a parcel service. Answer in at most three sentences. Use the tools before you guess. " +
  "Never promise a delivery date that no tool has returned. <policy>Refunds only within 60 days of purchase.</policy>";

export const REASONING =
  "The customer asks about order 48213. I do not know its state, so I have to call lookup_order first. If it is with the " +
  "carrier I also need the carrier's estimate. I must not promise anything that the tool did not return.";

export const STACK = `Traceback (most recent call last):
  File "/srv/app/worker.py", line 88, in answer
    reply = client.chat.completions.create(model=model, messages=messages)
  File "/srv/app/.venv/lib/python3.11/site-packages/openai/_base_client.py", line 1047, in request
    raise self._make_status_error_from_response(err.response) from None
openai.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for gpt-4o', 'type': 'tokens'}}`;

export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAgCAIAAAAt/+nTAAAAQElEQVR42u3PMQ0AAAgDsPk3DRa4+BpUQDNzVkqSJEmSJEmSJEmSJEmSJEmSJEmSJEmSJEmSJEmSJEmSJEmSJEmS9GUBzBcBIU0s1H8AAAAASUVORK5CYII=";
