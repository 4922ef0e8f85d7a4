"""Times the metrics beside their Python references, in one run on one machine.

Usage: python3 benches/metrics_vs_python.py TEXTS [VENV]

TEXTS holds one utterance a line. The references (sacrebleu, nltk, datasketch) are installed into VENV
(default: target/python-references) when they are not there yet. Values are compared as well as times.
"""

import json
import pathlib
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ["sacrebleu==2.6.0", "nltk==3.10.4", "datasketch==2.0.0"]

REFERENCE = r'''
import json, re, sys, time
from datasketch import MinHash, MinHashLSH
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
import sacrebleu

lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
token = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[^\w\s]")


def distinct():
    total = 0.0
    tokenised = [token.findall(line.lower()) for line in lines]
    for n in range(1, 5):
        seen, count = set(), 0
        for t in tokenised:
            grams = [tuple(t[i : i + n]) for i in range(len(t) - n + 1)]
            seen.update(grams)
            count += len(grams)
        total += len(seen) / count
    return total


def self_bleu():
    texts = [line.lower().split() for line in lines[:500]]
    smooth = SmoothingFunction().method1
    scores = [sentence_bleu(texts[:i] + texts[i + 1 :], t, smoothing_function=smooth) for i, t in enumerate(texts)]
    return sum(scores) / len(scores)


def bleu():
    half = len(lines) // 2
    return sacrebleu.corpus_bleu(lines[:half], [lines[half : 2 * half]]).score


def minhash():
    lsh, pairs = MinHashLSH(threshold=0.8, num_perm=128), 0
    for i, line in enumerate(lines[:2000]):
        text = " ".join(line.lower().split())
        m = MinHash(num_perm=128, seed=1)
        m.update_batch([s.encode() for s in {text[k : k + 5] for k in range(max(1, len(text) - 4))}])
        pairs += len(lsh.query(m))
        lsh.insert(str(i), m)
    return pairs


out = {}
for run in (distinct, self_bleu, bleu, minhash):
    start = time.perf_counter()
    value = run()
    out[run.__name__] = {"seconds": time.perf_counter() - start, "value": value}
print(json.dumps(out))
'''


def reference_python(folder):
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def main():
    texts = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "target" / "python-references"
    python = reference_python(folder)
    build = ["cargo", "build", "--release", "-p", "goalconvo-metrics", "--example", "time_metrics"]
    subprocess.run(build, cwd=ROOT, check=True)
    ours = json.loads(subprocess.check_output([ROOT / "target/release/examples/time_metrics", texts]))
    theirs = json.loads(subprocess.check_output([python, "-c", REFERENCE, texts]))
    print(f"{'metric':<10} {'python s':>10} {'rust s':>10} {'times':>7}  value (python, rust)")
    for name, reference in theirs.items():
        own = ours[name]
        times = reference["seconds"] / own["seconds"]
        print(f"{name:<10} {reference['seconds']:10.4f} {own['seconds']:10.5f} {times:7.0f}  {reference['value']:.6f} {own['value']:.6f}")


if __name__ == "__main__":
    main()
