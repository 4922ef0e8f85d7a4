"""What a user's traits do to dialogues: success and length by trait, in a run's own records.

    goalconvo generate -n 20000 --seed 7 --tool-errors 20 --out runs/traits
    python3 benches/traits.py runs/traits/dialogues.jsonl

Every user draws its traits (0 to 100) by itself, so the thirds of a run with the least and the most of a trait differ
in nothing else but chance. Each row: the mean in the lowest and the highest third, and the difference with its 95 %
interval (normal approximation); a star marks a difference that the interval keeps from zero.
"""

import json
import math
import sys

FIGURES = {
    "success": lambda d: float(d["outcome"]["success"]),
    "utterances": lambda d: float(len(said(d))),
    "user words a turn": lambda d: mean([len(t["text"].split()) for t in said(d) if t["role"] == "user"]),
    "values in the first turn": lambda d: float(count(first_turn(d), "inform")),
    "gives up": lambda d: float(any(count(t, "give_up") for t in said(d) if t["role"] == "user")),
    "wants another one": lambda d: float(any(count(t, "alternatives") for t in said(d) if t["role"] == "user")),
    "thanks": lambda d: mean([float("thank" in t["text"].lower()) for t in said(d) if t["role"] == "user"]),
}


def said(dialogue):
    return [t for t in dialogue["turns"] if t["role"] in ("user", "assistant") and t.get("text")]


def first_turn(dialogue):
    return next((t for t in said(dialogue) if t["role"] == "user"), {})


def count(turn, kind):
    return sum(act["act"] == kind for act in turn.get("acts") or [])


def mean(values):
    return sum(values) / max(1, len(values))


def spread(values):
    middle = mean(values)
    return sum((value - middle) ** 2 for value in values) / max(1, len(values) - 1)


def main(path):
    traits, figures = {}, {name: [] for name in FIGURES}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            dialogue = json.loads(line)
            for trait, level in dialogue["scenario"]["user"]["traits"].items():
                traits.setdefault(trait, []).append(level)
            for name, figure in FIGURES.items():
                figures[name].append(figure(dialogue))
    print(f"{'trait':<12} {'figure':<26} {'low':>8} {'high':>8}   difference")
    for trait, levels in traits.items():
        order = sorted(range(len(levels)), key=lambda at: (levels[at], at))
        third = len(order) // 3
        if not third or levels[order[0]] == levels[order[-1]]:
            continue
        for name, values in figures.items():
            low, high = ([values[at] for at in part] for part in (order[:third], order[-third:]))
            gap = mean(high) - mean(low)
            error = 1.96 * math.sqrt(spread(low) / third + spread(high) / third)
            star = "*" if abs(gap) > error > 0 else " "
            print(f"{trait:<12} {name:<26} {mean(low):8.3f} {mean(high):8.3f}  {gap:+8.3f} ± {error:.3f} {star}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
