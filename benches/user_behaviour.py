"""How users behave, read from the acts of dialogues: for setting a domain's `[behaviour]` from real dialogues.

    goalconvo import multiwoz PATH --out runs/multiwoz
    python3 benches/user_behaviour.py runs/multiwoz/dialogues.jsonl runs/first/dialogues.jsonl

One column a file, one row a figure, with the number of cases behind it. A corpus annotates less than this program does
(MultiWOZ has no act for taking an offer, saying yes or correcting), so those rows are empty for it, and greetings and
closings are counted by words there. Only the standard library is needed.
"""

import collections
import json
import re
import sys

THANKS = re.compile(r"\b(thank you|thanks|thank u|thx|cheers)\b")
BYE = re.compile(r"\b(good ?-? ?bye|bye|have a (great|good|nice|lovely|wonderful) (day|one|evening|time|afternoon))\b")
GREETING = re.compile(r"^(hi|hello|hey|good (morning|afternoon|evening)|greetings)\b")
CHANGE = re.compile(r"\b(actually|instead|changed my mind|on second thought|oh wait|never ?mind)\b")
IMPATIENCE = re.compile(r"\b(already (said|told)|again please|i said|hurry|are you sure)\b")


def kinds(turn, kind):
    return [act for act in turn.get("acts") or [] if act["act"] == kind]


def share(cases):
    return (sum(cases) / len(cases), len(cases)) if cases else (None, 0)


def spread(counts, top):
    total = sum(counts.values())
    if not total:
        return None, 0
    cells = [counts.get(n, 0) for n in range(top)] + [sum(c for n, c in counts.items() if n >= top)]
    return "/".join(f"{100 * cell / total:.0f}" for cell in cells), total


def figures(path):
    first, later, asked_for = collections.Counter(), collections.Counter(), collections.Counter()
    cases = collections.defaultdict(list)
    lengths = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            turns = [t for t in json.loads(line)["turns"] if t["role"] in ("user", "assistant") and t.get("text")]
            lengths.append(len(turns))
            users = [at for at, turn in enumerate(turns) if turn["role"] == "user"]
            for at in users:
                turn, before = turns[at], turns[at - 1] if at else None
                text = turn["text"].lower()
                informs = kinds(turn, "inform")
                if at == users[0]:
                    first[len(informs)] += 1
                    cases["greets in the first turn"].append(bool(GREETING.match(text)))
                elif informs:
                    later[len(informs)] += 1
                requests = kinds(turn, "request")
                if requests:
                    asked_for[len(requests)] += 1
                cases["turns that ask and tell at once"].append(bool(requests and informs))
                cases["turns with a change of mind, by words"].append(bool(CHANGE.search(text)))
                cases["turns with impatience, by words"].append(bool(IMPATIENCE.search(text)))
                cases["turns with thanks, by words"].append(bool(THANKS.search(text)))
                asked = {act.get("slot") for act in kinds(before, "request")} if before else set()
                if asked and (informs or kinds(turn, "dont_care")):
                    said = {act.get("slot") for act in informs + kinds(turn, "dont_care")}
                    cases["answers more than was asked"].append(bool(said - asked))
                    if len(asked) > 1:
                        cases["answers less than was asked, of two or more"].append(bool(asked - said))
                    cases["answers that leave the choice"].append(bool(kinds(turn, "dont_care")))
                if before and kinds(before, "offer"):
                    cases["wants another one after an offer"].append(bool(kinds(turn, "alternatives")))
            if users:
                last = turns[users[-1]]["text"].lower()
                cases["last turn thanks"].append(bool(THANKS.search(last)))
                cases["last turn says goodbye"].append(bool(BYE.search(last)))
                cases["gives something up"].append(any(kinds(turns[at], "give_up") for at in users))
    rows = [
        ("utterances a dialogue", (sum(lengths) / max(1, len(lengths)), len(lengths))),
        ("values in the first turn, % with 0/1/2/3/4+", spread(first, 4)),
        ("values in a later turn that has some, % with 1/2/3/4+", spread({n - 1: c for n, c in later.items()}, 3)),
        ("questions in a turn that asks, % with 1/2/3+", spread({n - 1: c for n, c in asked_for.items()}, 2)),
    ]
    return rows + [(name, share(values)) for name, values in sorted(cases.items())]


def main():
    tables = [dict(figures(path)) for path in sys.argv[1:]]
    names = list(dict.fromkeys(name for table in tables for name in table))
    width = max(map(len, names), default=0)
    for name in names:
        cells = []
        for table in tables:
            value, n = table.get(name, (None, 0))
            shown = "-" if value is None else value if isinstance(value, str) else f"{value:.3f}"
            cells.append(f"{shown:>16} (n = {n})")
        print(f"{name:<{width}}", *cells)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main()
