"""Fits the weights of the language pack's alternatives, and the order of the domains' phrases, to how people talk.

    cargo build --release -p goalconvo -p goalconvo-nlg --features goalconvo-nlg/derivations
    goalconvo import multiwoz PATH --out runs/multiwoz
    python3 benches/fit_weights.py runs/multiwoz/dialogues.jsonl --program target/release/goalconvo --out runs/fitted

Each round makes dialogues with the pack and the domains as they stand in OUT, teaches a classifier to tell their utterances
from people's (word 1- to 3-grams, values masked, as `evaluate --tells` does), and takes its odds as how much oftener people
would have said an utterance. What was drawn for an utterance (an alternative of a rule, an option of a choice, a phrase of a
list) weighs the more in the next round the more people would have said what it was drawn for, beside its siblings. It is pulled
back to what it weighed at first by `--pull`, so that nothing dies out that few were drawn of. A quarter of people's dialogues
teaches nothing and is the check. OUT holds `pack` and `domains` when it is done; copy what you like. Needs numpy, scipy and
scikit-learn.
"""

import argparse
import collections
import hashlib
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import tomllib

import numpy as np
import scipy.sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

HERE = pathlib.Path(__file__).resolve().parent.parent
GRAMMAR = ["user.toml", "assistant.toml", "shared.toml"]
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')

# ---- what the classifier sees ----

CLITICS = {"'s", "'m", "'d", "'ll", "'ve", "'re", "'t", "n't"}
JOINED = {"gon na": "gonna", "got ta": "gotta", "wan na": "wanna", "can not": "cannot", "alot": "a lot"}
TOKEN = re.compile(r"[^\W_](?:[^\W_]|(?<=\d)[.,:](?=\d))*|[.,?!]")
NOT_MASKED = {"yes", "no", "none", "any", "dontcare", "free", "the", "do nt care"}


def tokens(text):
    """As `plain_tokens` of the program."""
    words = []
    for word in re.sub("[\u2018\u2019`]", "'", text.lower()).split():
        if words and word in CLITICS:
            words[-1] += word
        else:
            words.append(word)
    text = " " + " ".join(words).replace("'", "") + " "
    for cut, whole in JOINED.items():
        text = text.replace(f" {cut} ", f" {whole} ")
    out = []
    for token in TOKEN.findall(text):
        token = "NUMBER" if any(c.isdigit() for c in token) else token
        if not (out and out[-1] == token and (token == "NUMBER" or not token[0].isalnum())):
            out.append(token)
    return out


class Masks:
    def __init__(self, dialogues):
        self.rest = collections.defaultdict(set)
        for dialogue in dialogues:
            for turn in dialogue["turns"]:
                acts = [act["value"] for act in turn.get("acts", []) if "value" in act]
                calls = [json.loads(call["function"]["arguments"]) for call in turn.get("tool_calls", [])]
                given = [value for call in calls for value in call.values()]
                for value in acts + list((turn.get("state") or {}).values()) + given:
                    self.note(value)
        self.rest = {first: sorted(rest, key=len, reverse=True) for first, rest in self.rest.items()}

    def note(self, value):
        words = [token for token in tokens(str(value)) if token[0].isalnum()]
        words = words[1:] if words[:1] == ["the"] else words
        text = " ".join(words)
        if len(text) >= 3 and text not in NOT_MASKED and set(words) != {"NUMBER"}:
            self.rest[words[0]].add(tuple(words[1:]))

    def masked(self, words):
        out, at = [], 0
        while at < len(words):
            rest = next((r for r in self.rest.get(words[at], ()) if tuple(words[at + 1 : at + 1 + len(r)]) == r), None)
            if rest is None:
                out.append(words[at])
            elif not out or out[-1] != "VALUE":
                out.append("VALUE")
            at += 1 + len(rest or ())
        return out


def features(role, words):
    grams = {" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)}
    ends = ["^", *words, "$"]
    edges = [" ".join(ends[:n]) for n in (2, 3, 4)] + [" ".join(ends[-n:]) for n in (2, 3)]
    return {f"{role}: {gram}" for gram in [*grams, *edges, *([" ".join(ends)] if len(ends) < 8 else [])]}


def matrix(items):
    counts = collections.Counter(feature for item in items for feature in item)
    ids = {feature: at for at, feature in enumerate(sorted(f for f, n in counts.items() if n > 1))}
    rows = [sorted(ids[feature] for feature in item if feature in ids) for item in items]
    weights = np.concatenate([np.full(len(row), 1 / math.sqrt(max(len(row), 1))) for row in rows])
    ends = np.cumsum([0, *map(len, rows)])
    return scipy.sparse.csr_matrix((weights, np.concatenate(rows).astype(int), ends), shape=(len(rows), len(ids)))


def scores(items, ours, fold, taught):
    """The log odds that each item is ours, by a model that has not seen it."""
    held, x = np.zeros(len(items)), matrix(items)
    for out in range(5):
        train = (fold != out) & taught
        model = LogisticRegression(C=3, solver="liblinear", class_weight="balanced", tol=1e-2)
        held[fold == out] = model.fit(x[train], ours[train]).decision_function(x[fold == out])
    return held


# ---- the pack ----


class Alternative:
    """One alternative: its weight, tags, and text with choices whose weights can be changed."""

    def __init__(self, raw):
        weight = re.match(r"(\d+): ", raw)
        self.weight = float(weight.group(1)) if weight else 1.0
        self.text = raw[weight.end() :] if weight else raw
        self.tags = ""
        while tag := re.search(r" @(\w+)$", self.text):
            self.tags, self.text = tag.group() + self.tags, self.text[: tag.start()]
        self.picks, self.at = [], 0
        self.pieces = self.sequence()

    def sequence(self):
        out = []
        while self.at < len(self.text) and self.text[self.at] not in "|)]~":
            char = self.text[self.at]
            if char in "([":
                out.append(self.choice(char))
            else:
                piece = re.compile(r"\{[^}]*\}|[^()\[\]|{~]+").match(self.text, self.at)
                self.at = piece.end()
                out.append(piece.group())
        return out

    def choice(self, opened):
        pick = {"options": [], "weights": []}
        self.picks.append(pick)
        while self.text[self.at] in opened + "|":
            self.at += 1
            pick["options"].append(self.sequence())
            weight = re.compile(r"~(\d+)").match(self.text, self.at)
            self.at = weight.end() if weight else self.at
            pick["weights"].append(float(weight.group(1)) if weight else 1.0)
        self.at += 1
        if opened == "[":
            pick["options"].append([])
            pick["weights"].append(sum(pick["weights"]))
        return pick

    def __str__(self):
        return self.written(self.pieces) + self.tags

    def written(self, pieces):
        return "".join(piece if isinstance(piece, str) else self.written_choice(piece) for piece in pieces)

    def written_choice(self, pick):
        weights = whole(pick["weights"])
        options = zip(map(self.written, pick["options"]), weights, strict=True)
        return "(" + "|".join(text + (f"~{weight}" if weight != 1 else "") for text, weight in options) + ")"


def whole(weights):
    """Small whole numbers, the least of them 1 where it can be."""
    steps = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 99]
    least = max(min(weights), max(weights) / steps[-1])
    rounded = [min(steps, key=lambda step: abs(math.log(max(w / least, 1e-9) / step))) for w in weights]
    common = math.gcd(*rounded)
    return [weight // common for weight in rounded]


def read_pack(folder):
    files = [tomllib.loads((folder / file).read_text()) for file in GRAMMAR]
    return {name: [Alternative(raw) for raw in raws] for file in files for name, raws in file.items()}


def write_pack(folder, rules):
    """Changes weights and nothing else: order, lines and comments stay."""
    for file in GRAMMAR:
        out, left = [], iter(())
        for line in (folder / file).read_text().splitlines(keepends=True):
            head = re.match(r"([a-z_0-9]+) = \[", line)
            if head:
                alternatives = rules[head.group(1)]
                total, wanted = sum(a.weight for a in alternatives), 1000 if len(alternatives) > 8 else 200
                weights = [max(1, round(wanted * a.weight / total)) for a in alternatives]
                common = math.gcd(*weights)
                left = iter(zip(alternatives, [weight // common for weight in weights], strict=True))
            start = head.end() if head else 0
            if line.startswith("#"):
                start = len(line)
            out.append(line[:start] + STRING.sub(lambda _: one(*next(left)), line[start:]))
        (folder / file).write_text("".join(out))


def one(alternative, weight):
    text = str(alternative)
    bare = weight == 1 and not re.match(r"\d+: ", text)
    return json.dumps(text if bare else f"{weight}: {text}", ensure_ascii=False)


# ---- the domains' phrases ----

LISTED = "noun before after says wish question ask verb done deed hope pronoun tail".split()
LIST = re.compile(r'^([a-z_]+) = \[((?:\s*"(?:[^"\\]|\\.)*",?)+\s*)\]', re.M)
PHRASE = re.compile(r'^Phrase \{ head: ("(?:[^"\\]|\\.)*"), tail: (?:None|Some\(("(?:[^"\\]|\\.)*")\)) \}$')


class Lists:
    """The lists of a domain's wording, which are said by rank: the second half as often as the first."""

    def __init__(self, folders):
        self.texts = {folder: (folder / "domain.toml").read_text() for folder in folders}
        self.lists = []
        for folder, text in self.texts.items():
            for found in LIST.finditer(text):
                phrases = [json.loads(f'"{phrase}"') for phrase in STRING.findall(found.group(2))]
                # A thing's nouns and plurals are in pairs.
                paired = text.startswith("]\nplural", found.end(2))
                if found.group(1) in LISTED and not paired and len(set(phrases)) == len(phrases) > 1:
                    weights = [1 / rank for rank in range(1, len(phrases) + 1)]
                    self.lists.append({"in": folder, "span": found.span(2), "phrases": phrases, "weights": weights})
        self.holders = collections.defaultdict(list)
        for at, known in enumerate(self.lists):
            for phrase in known["phrases"]:
                self.holders[phrase].append(at)

    def of(self, phrases):
        """The lists that hold most of these; several where domains have the same."""
        counts = collections.Counter(at for phrase in phrases for at in self.holders.get(phrase, ()))
        most = max(counts.values(), default=0)
        best = [at for at, count in counts.items() if count == most >= 0.6 * len(phrases)]
        least = min((len(self.lists[at]["phrases"]) for at in best), default=0)
        return [at for at in best if len(self.lists[at]["phrases"]) == least]

    def write(self):
        for folder, text in self.texts.items():
            for known in sorted((k for k in self.lists if k["in"] == folder), key=lambda k: -k["span"][0]):
                start, end = known["span"]
                order = np.argsort([-weight for weight in known["weights"]], kind="stable")
                phrases = [json.dumps(known["phrases"][at], ensure_ascii=False) for at in order]
                lines = "\n" + "".join(f"  {phrase},\n" for phrase in phrases)
                text = text[:start] + (lines if "\n" in text[start:end] else ", ".join(phrases)) + text[end:]
            (folder / "domain.toml").write_text(text)


def phrase_of(debug):
    """The phrase of a list as the domain has it, from how the program tells it."""
    found = PHRASE.match(debug)
    texts = [json.loads(text.replace("\\'", "'")) for text in (found.groups() if found else [debug]) if text]
    return "{value}".join(texts) if len(texts) > 1 or not found or found.group(2) is None else texts[0] + "{value}"


# ---- a round ----


def generate(args, domains, seed):
    out = args.out / "run"
    shutil.rmtree(out, ignore_errors=True)
    command = [args.program, "generate", "-n", str(args.n), "--seed", str(seed), "--out", out]
    done = subprocess.run(
        [*command, "--domain", ",".join(map(str, domains))],
        env={**os.environ, "DERIVATIONS_PACK": str(args.out / "pack")},
        capture_output=True,
        text=True,
        check=True,
    )
    return out / "dialogues.jsonl", done.stderr.splitlines()


def trail(lines, rules):
    """For each utterance who says it, the text, and the keys of what was drawn: (rule, nth), (rule, nth, choice, option)."""
    drawn, said = {}, []
    for line in lines:
        if line.startswith("RULE\t"):
            _, rule, number, nth, pieces = line.split("\t")
            drawn[f"A{number}"] = (rule, int(nth))
            walk((rule, int(nth)), rules[rule][int(nth)], iter(pieces.split()), drawn)
        elif line.startswith("DERIVED\t"):
            _, role, _, text, trace = line.split("\t")
            parts = re.findall(r" (L0x[0-9a-f]+):(.*?)\x1f| (\S+)", trace)
            said.append((role.lower(), text, [drawn[k] if k else (at, phrase_of(dbg)) for at, dbg, k in parts]))
    return said


def walk(key, alternative, tape, drawn):
    def over(pieces):
        for pick in (piece for piece in pieces if not isinstance(piece, str)):
            choice, at = next(tape), next(i for i, known in enumerate(alternative.picks) if known is pick)
            for option, inner in enumerate(pick["options"]):
                drawn[f"{choice}:{next(tape)[1:]}"] = (*key, at, option)
                over(inner)

    over(alternative.pieces)


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def spoken(dialogue):
    return [(t["role"], t["text"]) for t in dialogue["turns"] if t.get("role") in ("user", "assistant") and t.get("text")]


def fold_of(text):
    return int(hashlib.md5(text.encode()).hexdigest()[:8], 16) % 5


def judged(said, people, masks):
    """Each of our utterances' odds, and how well ours are told from people's: from all of them, and from the check."""
    items = [features(role, masks.masked(tokens(text))) for role, text, _ in said]
    fold = [fold_of(text) for _, text, _ in said]
    taught = [True] * len(said)
    for at, dialogue in enumerate(people):
        for role, text in spoken(dialogue):
            items.append(features(role, masks.masked(tokens(text))))
            fold.append(fold_of(f"dialogue {at}"))
            taught.append(at % 4 != 0)
    ours, taught = np.arange(len(items)) < len(said), np.array(taught)
    held = scores(items, ours, np.array(fold), taught)
    check = ours | ~taught
    return held[: len(said)], roc_auc_score(ours, held), roc_auc_score(ours[check], held[check])


class Fit:
    """How much oftener each thing would be drawn for people, and what that makes of weights."""

    def __init__(self, args, said, odds, lists):
        self.args = args
        likely = -args.temper * odds
        likely = np.exp(np.clip(likely - np.median(likely), -3, 3))
        self.wanted, self.drawn = collections.Counter(), collections.Counter()
        phrases = collections.defaultdict(set)
        for _, _, keys in said:
            for at, phrase in (key for key in keys if str(key[0]).startswith("L0x")):
                phrases[at].add(phrase)
        homes = {at: lists.of(known) for at, known in phrases.items()}
        for (_, _, keys), weight in zip(said, likely, strict=True):
            for key in keys:
                for one_key in [(home, key[1]) for home in homes[key[0]]] if key[0] in homes else [key]:
                    self.wanted[one_key] += weight
                    self.drawn[one_key] += 1

    def anew(self, weights, first, keys):
        share = [w / sum(weights) for w in weights]
        begun = [w / sum(first) for w in first]
        pull = self.args.pull
        share = [max(s, 1e-4) ** (1 - pull) * max(b, 1e-4) ** pull for s, b in zip(share, begun, strict=True)]
        drawn = sum(self.drawn[key] for key in keys)
        if drawn >= 5:
            mean, prior = sum(self.wanted[key] for key in keys) / drawn, self.args.prior
            gain = [(self.wanted[key] / mean + prior) / (self.drawn[key] + prior) for key in keys]
            share = [s * g**self.args.eta for s, g in zip(share, gain, strict=True)]
        return [s / sum(share) for s in share]

    def all(self, rules, begun, lists, ranks):
        for name, alternatives in rules.items():
            keys = [(name, nth) for nth in range(len(alternatives))]
            weights = [a.weight for a in alternatives], [a.weight for a in begun[name]]
            for alternative, weight in zip(alternatives, self.anew(*weights, keys), strict=True):
                alternative.weight = weight
            for key, alternative, first in zip(keys, alternatives, begun[name], strict=True):
                for at, (pick, old) in enumerate(zip(alternative.picks, first.picks, strict=True)):
                    options = [(*key, at, option) for option in range(len(pick["weights"]))]
                    pick["weights"] = self.anew(pick["weights"], old["weights"], options)
        for at, (known, first) in enumerate(zip(lists.lists, ranks, strict=True)):
            known["weights"] = self.anew(known["weights"], first, [(at, phrase) for phrase in known["phrases"]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("people", help="dialogues.jsonl of people")
    parser.add_argument("--program", default="target/release/goalconvo")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--domains", default="hotel,restaurant,attraction,train,taxi")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("-n", type=int, default=3000, help="dialogues a round")
    parser.add_argument("--eta", type=float, default=0.8, help="how far a round goes")
    parser.add_argument("--temper", type=float, default=0.7, help="how far the classifier is believed")
    parser.add_argument("--prior", type=float, default=5, help="draws that say nothing against a thing")
    parser.add_argument("--pull", type=float, default=0.03, help="how far a round goes back to the first weights")
    args = parser.parse_args()
    shutil.copytree(HERE / "crates/goalconvo-nlg/packs/en", args.out / "pack", dirs_exist_ok=True)
    folders = [args.out / "domains" / name for name in args.domains.split(",")]
    for folder in folders:
        shutil.copytree(HERE / "domains" / folder.name, folder, dirs_exist_ok=True)
    rules, begun = read_pack(args.out / "pack"), read_pack(args.out / "pack")
    lists, people = Lists(folders), read(args.people)
    ranks = [list(known["weights"]) for known in lists.lists]
    for at in range(args.rounds + 1):
        path, lines = generate(args, folders, 100 + at)
        said = trail(lines, rules)
        odds, everything, check = judged(said, people, Masks(people + read(path)))
        print(f"round {at}: AUC {everything:.4f}, against the quarter that taught nothing {check:.4f}", flush=True)
        if at < args.rounds:
            Fit(args, said, odds, lists).all(rules, begun, lists, ranks)
            write_pack(args.out / "pack", rules)
            lists.write()


if __name__ == "__main__":
    main()
