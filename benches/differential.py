"""Compares the metrics with their Python references on inputs that nobody chose.

Usage: python3 benches/differential.py [CASES [SEED [VENV]]]

Draws CASES cases (default 1000): empty texts, single tokens, over-long ones, identical ones, Unicode of many scripts,
odd spaces, numbers, entities. The references (sacrebleu, nltk, rouge-score, lexical-diversity, datasketch) are installed
into VENV (default: target/python-references) when they are not there yet. Prints every figure with the number of cases
and the largest difference; exits with 1 if any is above 1e-4.
"""

import json
import pathlib
import random
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = [
    "sacrebleu==2.6.0",
    "nltk==3.10.4",
    "datasketch==2.0.0",
    "rouge-score==0.1.2",
    "lexical-diversity==0.1.1",
]
TOLERANCE = 1e-4

WORDS = (
    "i need a train to cambridge on friday at 10:30 please , thanks ! it 's £12.50 the hotel is cheap and has wifi . "
    "don't won't can't we're running runs ran happily relational conditional 1,000 3.14 2-3 a.m. e.g. U.S. "
    "&amp; &lt;b&gt; &quot; <skipped> ... -- - ' '' \" `` ( ) [ ] { } / \\ % $ # @ * + = _ ^ ~ | ; : ? "
    "The THE Hotel HOTEL naïve café Straße ΑΣ ΟΔΟΣ İstanbul ﬁne 北京 你好 日本語 한국어 привет مرحبا שלום हिन्दी 😀 👍🏽 e\u0301 "
    "\u00a0 \u200b \u2028 \u3000 \u0085 \x1c \x1f ½ ² ٣ Ⅳ ﷺ « » “ ” ‘ ’ „ – — … x y z a b c"
).split(" ")


def text(draw, longest):
    kind = draw.random()
    if kind < 0.04:
        return ""
    if kind < 0.06:
        return draw.choice([" ", "  ", "\t", "\n", "\u00a0", "."])
    words = [draw.choice(WORDS) for _ in range(1 if kind < 0.12 else draw.randint(1, longest))]
    if kind > 0.97:
        words *= 8
    return draw.choice([" ", " ", " ", "  ", "\n", " \t"]).join(words) + draw.choice(["", "", "", " ", "\n"])


def near(draw, other):
    """The same with a few words changed, so that long n-grams match and blocks are worth moving."""
    words = other.split(" ")
    for _ in range(draw.randint(0, 3)):
        at = draw.randrange(len(words))
        words[at] = draw.choice(WORDS)
    if len(words) > 6 and draw.random() < 0.5:
        cut = draw.randrange(1, len(words) - 1)
        words = words[cut:] + words[:cut]
    return " ".join(words)


def cases(count, seed):
    draw = random.Random(seed)
    for _ in range(count):
        hyp = text(draw, 25)
        refs = [draw.choice([hyp, near(draw, hyp), near(draw, hyp), text(draw, 25)]) for _ in range(draw.randint(1, 4))]
        units = [text(draw, 30) for _ in range(draw.randint(1, 8))]
        if draw.random() < 0.3:
            units += [draw.choice(units) for _ in range(3)]
        yield {"hyp": hyp, "refs": refs, "units": units}


REFERENCE = r'''
import collections, json, math, re, sys, warnings, zlib, gzip
warnings.filterwarnings("ignore")
import logging; logging.disable(logging.CRITICAL)
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF, TER
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer
from lexical_diversity import lex_div as ld
from datasketch import MinHash

SMOOTH = SmoothingFunction()
bleus = {}
for tok in ("13a", "intl", "char", "zh", "none"):
    for name, value in (("exp", None), ("floor", 0.1), ("add-k", 1), ("none", None)):
        for suffix, lc in (("", False), ("_lc", True)):
            bleus[f"sb_bleu_{tok}_{name}{suffix}"] = BLEU(tokenize=tok, smooth_method=name, smooth_value=value, lowercase=lc, effective_order=not lc)
chrfs = {f"sb_chrf_{w}_{str(lc).lower()}": CHRF(word_order=w, lowercase=lc) for w in (0, 1, 2) for lc in (False, True)}
ters = {"sb_ter_plain": TER(), "sb_ter_norm": TER(normalized=True), "sb_ter_nopunct": TER(no_punct=True), "sb_ter_case": TER(case_sensitive=True)}
rouges = {str(s).lower(): rouge_scorer.RougeScorer(["rouge1", "rouge2", "rouge3", "rougeL", "rougeLsum"], use_stemmer=s) for s in (False, True)}
RE = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*|[^\sa-z0-9]")
GC = re.compile(r"\b\w+\b")
TOKENS = {"ws": lambda t: t.lower().split(), "re": lambda t: RE.findall(t.lower()), "gc": lambda t: GC.findall(t.lower())}


def guarded(run):
    try:
        value = run()
        return None if isinstance(value, float) and math.isnan(value) else value
    except Exception as error:
        return {"raised": repr(error)}


def entropy(counts, total):
    return -sum(c / total * math.log2(c / total) for c in counts.values()) + 0.0 if total else None


def ngrams(units, n):
    counts = collections.Counter()
    for u in units:
        counts.update(tuple(u[i : i + n]) for i in range(len(u) - n + 1))
    total = sum(counts.values())
    V = 30522.0
    return [len(counts), total, len(counts) / total if total else None, entropy(counts, total),
            len(counts) / (V * (1 - ((V - 1) / V) ** total)) if total else None]


def conditional(units):
    first, pair, total = collections.Counter(), collections.Counter(), 0
    for u in units:
        first.update(u); pair.update(zip(u, u[1:])); total += len(u)
    return -sum(c / total * math.log2(c / first[a]) for (a, b), c in pair.items()) + 0.0 if total else 0.0


def jaccard(a, b):
    return 1.0 if not a and not b else len(a & b) / len(a | b)


def dissimilarity(units):
    sets = [set(u) for u in units]
    pairs = [(i, j) for i in range(len(sets)) for j in range(i + 1, len(sets))]
    return sum(1 - jaccard(sets[i], sets[j]) for i, j in pairs) / len(pairs) if pairs else None


def self_bleu(units, order):
    if len(units) < 2:
        return []  # no other text to be compared with
    weights = tuple([1 / order] * order)
    return [sentence_bleu(units[:i] + units[i + 1 :], u, weights, smoothing_function=SMOOTH.method1) for i, u in enumerate(units)]


def score(case):
    hyp, refs, units = case["hyp"], case["refs"], case["units"]
    out = {}
    for group in (bleus, chrfs, ters):
        for name, metric in group.items():
            out[name] = guarded(lambda: metric.sentence_score(hyp, refs).score)
    h, r = hyp.lower().split(), [x.lower().split() for x in refs]
    for m in (0, 1, 2, 3, 4, 7):
        out[f"nltk_{m}"] = guarded(lambda: float(sentence_bleu(r, h, smoothing_function=getattr(SMOOTH, f"method{m}"))))
    for stem, scorer in rouges.items():
        scores = guarded(lambda: scorer.score(refs[0], hyp))
        for kind in ("1", "2", "3", "L", "Lsum"):
            out[f"rouge_{kind}_{stem}"] = scores if "raised" in scores else list(scores[f"rouge{kind}"])
    stemmer = PorterStemmer()
    out["stems"] = [stemmer.stem(w) for w in h]
    for name, tokens in TOKENS.items():
        cut = [tokens(u) for u in units]
        for n in range(1, 5):
            out[f"ngrams_{name}_{n}"] = ngrams(cut, n)
        out[f"jaccard_{name}"] = dissimilarity(cut)
        out[f"conditional_{name}"] = conditional(cut)
        for order in (2, 3, 4):
            out[f"self_bleu_{name}_{order}"] = guarded(lambda: self_bleu(cut, order))
    flat = [t for u in units for t in ld.tokenize(u)]
    out["lexdiv_tokens"] = flat
    out["lexdiv"] = {k: guarded(lambda: float(getattr(ld, k)(flat))) for k in ("ttr", "root_ttr", "log_ttr", "maas_ttr", "msttr", "mattr", "hdd", "mtld")}
    out["mtld_wrap"] = guarded(lambda: float(ld.mtld_ma_wrap(flat)))
    out["mtld_bid"] = guarded(lambda: float(ld.mtld_ma_bid(flat)))
    joined = "\n".join(units).encode()
    out["zip"] = {"bytes": len(joined), "zlib9": len(zlib.compress(joined, 9)), "zlib6": len(zlib.compress(joined, 6))}
    out["jaccard_tokens"] = jaccard(set(h), set(r[0]))
    sh = lambda t: (lambda s: {s[k : k + 5] for k in range(max(1, len(s) - 4))})(" ".join(t.lower().split()))
    out["jaccard_char5"] = jaccard(sh(hyp), sh(refs[0]))
    m = MinHash(num_perm=128, seed=1)
    m.update_batch([s.encode() for s in sh(hyp)])
    out["minhash"] = [int(v) for v in m.hashvalues]
    return out


for line in sys.stdin:
    print(json.dumps(score(json.loads(line))))
'''


def reference_python(folder):
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    if subprocess.run([python, "-c", "import sacrebleu, nltk, datasketch, rouge_score, lexical_diversity"], capture_output=True).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def difference(ours, theirs):
    """The largest difference between two figures; None where the reference has no value that could be compared."""
    if isinstance(theirs, dict) and "raised" in theirs:
        return None
    if isinstance(theirs, dict):
        found = [difference(ours.get(key), value) for key, value in theirs.items()]
        return max((f for f in found if f is not None), default=None)
    if isinstance(theirs, list):
        if not isinstance(ours, list) or len(ours) != len(theirs):
            return float("inf")
        return max((d for d in map(difference, ours, theirs) if d is not None), default=0.0)
    if isinstance(theirs, str) or isinstance(ours, str):
        return 0.0 if ours == theirs else float("inf")
    if theirs is None or ours is None:
        return 0.0 if ours == theirs else float("inf")
    return abs(ours - theirs)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    folder = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else ROOT / "target" / "python-references"
    python = reference_python(folder)
    build = ["cargo", "build", "--release", "-p", "goalconvo-metrics", "--example", "score_cases"]
    subprocess.run(build, cwd=ROOT, check=True)
    drawn = list(cases(count, seed))
    lines = "".join(json.dumps(case) + "\n" for case in drawn)
    run = lambda command: subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    ours = run([ROOT / "target/release/examples/score_cases"])
    theirs = run([python, "-c", REFERENCE])
    worst, compared, first = {}, {}, {}
    for case, own, reference in zip(drawn, map(json.loads, ours), map(json.loads, theirs)):
        for name, value in reference.items():
            off = difference(own.get(name), value)
            if off is None:
                continue
            compared[name] = compared.get(name, 0) + 1
            worst[name] = max(worst.get(name, 0.0), off)
            if off > TOLERANCE and name not in first:
                first[name] = (case, own.get(name), value)
    wrong = {name: off for name, off in worst.items() if off > TOLERANCE}
    for name in sorted(compared):
        print(f"{name:24} {compared[name]:6} cases, largest difference {worst[name]:.3g}")
    for name, (case, own, value) in first.items():
        shown = {key: case[key] for key in (("units",) if name.startswith(("ngrams", "self", "lexdiv", "mtld", "zip", "jaccard_", "cond")) else ("hyp", "refs"))}
        print(f"\n{name}: ours {str(own)[:300]}\n  theirs {str(value)[:300]}\n  of {json.dumps(shown)[:1500]}")
    print(f"\n{len(compared)} figures, {sum(compared.values())} comparisons, {len(wrong)} figures differ by more than {TOLERANCE}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
